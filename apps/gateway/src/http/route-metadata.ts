import type { ExecutionContext } from '@nestjs/common';
import type { Route } from '@nexivo/contracts/route';

/** Metadata key under which a handler keeps its route. */
export const ROUTE = Symbol('route');

/** The route that a handler serves. */
export function routeOf(context: ExecutionContext): Route {
  const route = Reflect.getMetadata(ROUTE, context.getHandler()) as Route | undefined;
  if (!route) throw new Error(`${context.getHandler().name} has no route`);
  return route;
}
