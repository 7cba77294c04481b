import type { Plan, Scope } from '@nexivo/contracts/accounts';
import { type Me, meRoutes } from '@nexivo/contracts/me';
import { DomainError } from '@nexivo/bus/domain-error';
import { type AuthStore, StoreAway } from './auth/auth-store.js';
import { callerOf } from './auth/caller.js';
import type { Quota } from './auth/quota-store.js';
import type { Quotas } from './auth/quotas.js';
import { rateLimitHeaders } from './auth/rate-limit-headers.js';
import { type BoundRoute, handle } from './http/bind.js';

interface MeRow {
  account_name: string;
  plan: Plan;
  token_name: string;
  scopes: Scope[];
  expires_at: Date | null;
}

/** Tells a token's holder who it speaks for. It uses no quota, so it can be asked at any time. */
export const meRoute = (store: AuthStore, quotas: Quotas): BoundRoute =>
  handle(meRoutes.get, async (_input, request, reply) => {
    const {
      accountId,
      principal: { id: tokenId },
    } = callerOf(request);
    const [row, state] = await Promise.all([find(store, accountId, tokenId), quotas.look(accountId)]);
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
  });

async function find(store: AuthStore, accountId: string, tokenId: string): Promise<MeRow> {
  try {
    const [row] = await store.query<MeRow>(
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

const describe = ({ limit, used, resetsInMs }: Quota, now: number): Me['quotas']['minute'] => ({
  limit,
  used,
  remaining: Math.max(0, limit - used),
  resets_at: new Date(now + resetsInMs).toISOString(),
});
