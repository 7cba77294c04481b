import type { ExecutionContext } from '@nestjs/common';
import type { Route } from '@nexivo/contracts/route';
import type { FastifyRequest } from 'fastify';

/** Metadata key under which a handler keeps its route. */
export const ROUTE = Symbol('route');

/** The route that a handler serves. */
export function routeOf(context: ExecutionContext): Route {
  const route = Reflect.getMetadata(ROUTE, context.getHandler()) as Route | undefined;
  if (!route) throw new Error(`${context.getHandler().name} has no route`);
  return route;
}

/** The route of the API that a request is for; none where the path is not the API's. */
export const servedRoute = ({ routeOptions: { config } }: FastifyRequest): Route | undefined =>
  (config as { route?: Route } | undefined)?.route;
