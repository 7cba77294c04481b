import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  HttpCode,
  RequestMapping,
  RequestMethod,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { BASE_PATH, type RequestOf, type Route } from '@nexivo/contracts/route';
import { routes } from '@nexivo/contracts/routes';
import type { FastifyRequest } from 'fastify';
import { AuthGuard } from '../auth/auth.guard.js';
import { callerOf, type Caller as CallerType } from '../auth/caller.js';
import { readConditions } from './conditions.js';
import { readRequest } from './read-request.js';
import { ROUTE, routeOf } from './route-metadata.js';

/** Makes a controller method the handler of a route: path, method, status, scope and validation all come from it. */
export const Endpoint = (route: Route): MethodDecorator =>
  applyDecorators(
    RequestMapping({
      path: BASE_PATH + route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      method: RequestMethod[route.method],
    }),
    HttpCode(route.status),
    SetMetadata(ROUTE, route),
    // For hooks of Fastify, which know nothing of handlers.
    RouteConfig({ route }),
    UseGuards(AuthGuard),
  );

/** The validated request: `params`, `query` and `body` as the route's schemas parse them. */
export const Input = createParamDecorator((_: unknown, context: ExecutionContext): RequestOf<Route> =>
  readRequest(routeOf(context), context.switchToHttp().getRequest<FastifyRequest>()),
);

/** Who asks, and on what conditions. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): CallerType => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return { ...callerOf(request), ...readConditions(routeOf(context), request) };
});

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
