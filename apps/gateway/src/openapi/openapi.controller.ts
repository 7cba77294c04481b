import { Controller, Inject, Req } from '@nestjs/common';
import { openApiRoutes } from '@nexivo/contracts/openapi';
import type { RequestOf } from '@nexivo/contracts/route';
import type { FastifyRequest } from 'fastify';
import { Endpoint, Input } from '../http/endpoint.js';
import { PUBLIC_URL } from '../http/answers.js';
import { buildDocument, type OpenApiDocument, serverAt } from './document.js';

/** Serves the API's description. */
@Controller()
export class OpenApiController {
  private readonly document = buildDocument();

  constructor(@Inject(PUBLIC_URL) private readonly publicUrl: string | undefined) {}

  /** The server's URL is absolute, so that the document still says where the API lives once it is a file. */
  @Endpoint(openApiRoutes.get)
  get(@Input() _input: RequestOf<typeof openApiRoutes.get>, @Req() request: FastifyRequest): OpenApiDocument {
    const origin = this.publicUrl ?? `${request.protocol}://${request.host}`;
    return { ...this.document, servers: [serverAt(origin)] };
  }
}
