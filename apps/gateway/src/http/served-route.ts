import type { Route } from '@nexivo/contracts/route';
import type { FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of the API; none where the path is not the API's. */
    route?: Route;
  }
}

/** The route of the API that a request is for; none where the path is not the API's. */
export const servedRoute = ({ routeOptions }: FastifyRequest): Route | undefined => routeOptions.config.route;
