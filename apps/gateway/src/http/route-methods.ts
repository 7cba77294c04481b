import { DomainError } from '@nexivo/bus/domain-error';
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

/** 405 for a path that exists with other methods, 404 for one that does not. */
export function unroutable({ method, url }: { method: string; url: string }): DomainError {
  const allowed = methodsOf(url);
  const path = url.split('?', 1)[0]!.slice(0, 200);
  if (allowed.length === 0) return new DomainError('route_not_found', { detail: `There is nothing at ${path}.` });
  return new DomainError('method_not_allowed', {
    detail: `${method} is not possible at ${path}; allowed: ${allowed.join(', ')}.`,
  });
}
