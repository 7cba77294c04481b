import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reply } from '@nexivo/service/reply';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import { etagOf } from './entity-tag.js';

/** Makes headers of what a service's reply says beside its body. */
@Injectable()
export class ReplyInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((result: unknown) => {
        if (!(result instanceof Reply)) return result;
        if (result.version !== undefined) void reply.header('etag', etagOf(result.version));
        if (result.isReplay) void reply.header('idempotency-replayed', 'true');
        return result.body as unknown;
      }),
    );
  }
}
