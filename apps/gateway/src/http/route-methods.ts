import { BASE_PATH } from '@nexivo/contracts/route';
import { routes } from '@nexivo/contracts/routes';

const patterns = routes.map(({ method, path }) => ({
  method,
  pattern: new RegExp(`^${(BASE_PATH + path).replaceAll('.', '[.]').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`),
}));

/** The methods that a path takes; none if there is no such path. */
export function methodsOf(url: string): string[] {
  const path = url.split('?', 1)[0]!;
  const methods = patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method as string);
  if (methods.length === 0) return [];
  return [...new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])];
}
