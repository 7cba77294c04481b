import { eventId } from '@nexivo/contracts/events';
import { BASE_PATH, type Route } from '@nexivo/contracts/route';
import { z } from 'zod';

/** Where the API of the examples lives. */
const ORIGIN = 'https://ats.example.com';

/** What success answers, for the reference: the route's own example, or else that of its response's schema. */
export function responseExampleOf(route: Route): unknown {
  if (route.responseExample !== undefined) return route.responseExample;
  const example = exampleOf(route.response);
  if (!isList(route)) return example;
  const first = `${exampleUrl(route)}?page=1`;
  return { ...(example as object), links: { first, prev: null, next: null, last: first } };
}

/** What the `Location` of a created resource looks like. */
export const locationExampleOf = (route: Route): string =>
  exampleUrl(route.location!, responseExampleOf(route) as Record<string, unknown>);

/** What the `Link` of a list or a feed looks like. */
export const linkExampleOf = (route: Route): string => {
  const url = exampleUrl(route);
  if (isFeed(route)) return `<${url}?after=${String(exampleOf(eventId))}>; rel="next"`;
  return `<${url}?page=1>; rel="first", <${url}?page=2>; rel="next", <${url}?page=3>; rel="last"`;
};

/** Whether a route answers pages or a feed, with links that lead on. */
export const isList = ({ response }: Route): boolean => response instanceof z.ZodObject && 'links' in response.shape;

/** Whether that is a feed, which ends where the present does: there is not always a link. */
const isFeed = (route: Route): boolean => isList(route) && (route.query as z.ZodObject).shape['page'] === undefined;

function exampleUrl(target: Route | string, values: Record<string, unknown> = {}): string {
  const path = typeof target === 'string' ? target : target.path;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    String(values[name] ?? parameterExample(target, name)),
  );
  return ORIGIN + BASE_PATH + filled;
}

function parameterExample(target: Route | string, name: string): unknown {
  if (typeof target === 'string' || !(target.params instanceof z.ZodObject)) return name;
  return exampleOf(target.params.shape[name] as z.ZodType);
}

/** The `example` in a schema's metadata, or one put together from those of its parts. */
function exampleOf(schema: z.ZodType): unknown {
  const example = schema.meta()?.['example'];
  if (example !== undefined) return example;
  if (schema instanceof z.ZodObject) {
    return Object.fromEntries(Object.entries(schema.shape).map(([key, part]) => [key, exampleOf(part as z.ZodType)]));
  }
  if (schema instanceof z.ZodArray) return [exampleOf(schema.element as z.ZodType)];
  if (schema instanceof z.ZodLiteral) return schema.value;
  return undefined;
}
