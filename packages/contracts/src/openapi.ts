import { z } from 'zod';
import { defineRoute } from './route.js';

/** The OpenAPI version that the document follows. */
export const OPENAPI_VERSION = '3.1.1';

export const openApiRoutes = {
  get: defineRoute({
    operationId: 'getOpenApiDocument',
    method: 'GET',
    path: '/openapi.json',
    summary: 'Get this document',
    description: 'The OpenAPI description of the API, for tools and code generators.',
    tag: 'Reference',
    isPublic: true,
    isFree: true,
    response: z.looseObject({
      openapi: z.literal(OPENAPI_VERSION),
      info: z.looseObject({
        title: z.string().meta({ example: 'NexivoHR API' }),
        version: z.string().meta({ example: '1.0.0' }),
      }),
      paths: z.record(z.string(), z.unknown()).meta({ example: {} }),
    }),
    status: 200,
  }),
};
