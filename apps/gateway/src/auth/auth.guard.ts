import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { DomainError } from '@nexivo/service/domain-error';
import type { FastifyRequest } from 'fastify';
import { routeOf } from '../http/route-metadata.js';
import { requireScope, setCaller } from './caller.js';
import { TokensService } from './tokens.service.js';

/** Lets in whoever holds a live token with the route's scope, on a plan with API access. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(private readonly tokens: TokensService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { scope } = routeOf(context);
    if (!scope) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const principal = await this.tokens.verify(bearerToken(request.headers.authorization));
    if (principal.plan === 'starter') throw new DomainError('plan_without_api_access');
    requireScope(principal, scope);
    const { traceparent } = request.headers;
    setCaller(request, {
      accountId: principal.accountId,
      actorId: principal.tokenId,
      requestId: request.id,
      scopes: principal.scopes,
      ...(typeof traceparent === 'string' && TRACEPARENT.test(traceparent) && { traceparent }),
    });
    return true;
  }
}

/** W3C Trace Context, version 00. */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) throw new DomainError('missing_token');
  const [, token] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
  if (!token) throw new DomainError('invalid_token', { detail: 'The Authorization header must be `Bearer <token>`.' });
  return token;
}
