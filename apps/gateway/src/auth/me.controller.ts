import { Controller, Res } from '@nestjs/common';
import type { Plan, Scope } from '@nexivo/contracts/accounts';
import { type Me, meRoutes } from '@nexivo/contracts/me';
import type { RequestOf } from '@nexivo/contracts/route';
import { DomainError } from '@nexivo/service/domain-error';
import type { FastifyReply } from 'fastify';
import { Caller, Endpoint, Input } from '../http/endpoint.js';
import { AuthStore, StoreAway } from './auth-store.js';
import type { Caller as CallerType } from './caller.js';
import type { Quota } from './quota-store.js';
import { Quotas } from './quotas.js';
import { rateLimitHeaders } from './rate-limit-headers.js';

interface MeRow {
  account_name: string;
  plan: Plan;
  token_name: string;
  scopes: Scope[];
  expires_at: Date | null;
}

/** Tells a token's holder who it speaks for. It uses no quota, so it can be asked at any time. */
@Controller()
export class MeController {
  constructor(
    private readonly store: AuthStore,
    private readonly quotas: Quotas,
  ) {}

  @Endpoint(meRoutes.get)
  async get(
    @Input() _input: RequestOf<typeof meRoutes.get>,
    @Caller() caller: CallerType,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Me> {
    const { accountId, actorId: tokenId } = caller;
    const [row, state] = await Promise.all([this.find(accountId, tokenId), this.quotas.look(accountId)]);
    const now = Date.now();
    void reply.headers(rateLimitHeaders(state, now));
    return {
      account: { id: accountId, name: row.account_name, plan: row.plan },
      token: {
        id: tokenId,
        name: row.token_name,
        scopes: row.scopes,
        expires_at: row.expires_at?.toISOString() ?? null,
      },
      quotas: { minute: describe(state.minute, now), day: describe(state.day, now) },
    };
  }

  private async find(accountId: string, tokenId: string): Promise<MeRow> {
    try {
      const [row] = await this.store.query<MeRow>(
        'me',
        `select a.name as account_name, a.plan, t.name as token_name, t.scopes, t.expires_at
         from api_tokens t join accounts a on a.id = t.account_id where t.account_id = $1 and t.id = $2`,
        [accountId, tokenId],
      );
      return row!;
    } catch (error) {
      if (!(error instanceof StoreAway)) throw error;
      throw new DomainError('service_unavailable', { retryAfterS: 1, cause: error });
    }
  }
}

const describe = ({ limit, used, resetsInMs }: Quota, now: number): Me['quotas']['minute'] => ({
  limit,
  used,
  remaining: Math.max(0, limit - used),
  resets_at: new Date(now + resetsInMs).toISOString(),
});
