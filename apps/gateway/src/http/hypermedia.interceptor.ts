import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Page } from '@nexivo/contracts/pagination';
import { BASE_PATH } from '@nexivo/contracts/route';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { routeOf } from './route-metadata.js';

/** Injection token of what clients see in front of the base path, if configured. */
export const PUBLIC_URL = Symbol('public url');

/** Adds the ways on from an answer: `Location` to what was created, `links` and `Link` (RFC 8288) to lists. */
@Injectable()
export class HypermediaInterceptor implements NestInterceptor {
  constructor(@Inject(PUBLIC_URL) private readonly publicUrl: string | undefined) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { location } = routeOf(context);
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((body: unknown) => {
        if (location) void reply.header('location', this.origin(request) + BASE_PATH + fill(location, body as object));
        return isPage(body) ? this.withLinks(body, request, reply) : body;
      }),
    );
  }

  private withLinks(page: Page<unknown>, request: FastifyRequest, reply: FastifyReply): unknown {
    const { page: number, total_pages: last } = page.meta;
    const at = (target: number): string => {
      const url = new URL(this.origin(request) + request.url);
      url.searchParams.set('page', String(target));
      return url.href;
    };
    const links = {
      first: at(1),
      prev: number > 1 ? at(Math.min(number - 1, Math.max(last, 1))) : null,
      next: number < last ? at(number + 1) : null,
      last: at(Math.max(last, 1)),
    };
    const header = Object.entries(links).flatMap(([relation, url]) => (url ? [`<${url}>; rel="${relation}"`] : []));
    void reply.header('link', header.join(', '));
    return { ...page, links };
  }

  private origin(request: FastifyRequest): string {
    return this.publicUrl ?? `${request.protocol}://${request.host}`;
  }
}

const isPage = (body: unknown): body is Page<unknown> =>
  typeof body === 'object' && body !== null && 'meta' in body && 'data' in body;

const fill = (template: string, values: object): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) => String((values as Record<string, unknown>)[name]));
