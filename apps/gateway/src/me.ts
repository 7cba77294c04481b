import type { Plan, Scope } from '@nexivo/contracts/accounts';
import { type Me, meRoutes } from '@nexivo/contracts/me';
import { DomainError } from '@nexivo/bus/domain-error';
import type { PersonsService } from './accounts/people/persons.service.js';
import { type AuthStore, StoreAway } from './auth/auth-store.js';
import { type Caller, callerOf, contextOf } from './auth/caller.js';
import type { Quota, QuotaState } from './auth/quota-store.js';
import type { Quotas } from './auth/quotas.js';
import { rateLimitHeaders } from './auth/rate-limit-headers.js';
import { type BoundRoute, handle } from './http/bind.js';

interface MeRow {
  account_name: string;
  plan: Plan;
  token_name: string | null;
  scopes: Scope[] | null;
  expires_at: Date | null;
  email: string | null;
  user_name: string | null;
}

/** What the routes of the caller himself need. */
interface MeServices {
  readonly store: AuthStore;
  readonly quotas: Quotas;
  readonly persons: PersonsService;
}

/** Tell callers who they are and speak for. To ask uses no quota, so it can be done at any time. */
export function meRouteList({ store, quotas, persons }: MeServices): BoundRoute[] {
  return [
    handle(meRoutes.get, async (_input, request, reply) => {
      const caller = callerOf(request);
      const [row, state] = await Promise.all([find(store, caller), stateOf(quotas, caller)]);
      if (state && !caller.session) void reply.headers(rateLimitHeaders(state));
      return toMe(caller, row, state);
    }),
    handle(meRoutes.update, ({ body }, request, _reply, conditions) =>
      persons.rename(contextOf(request, conditions), body),
    ),
  ];
}

/** A person is shown what the account has left, if it has API access at all. */
const stateOf = async (quotas: Quotas, { accountId, plan }: Caller): Promise<QuotaState | undefined> =>
  plan === 'starter' ? undefined : quotas.look(accountId);

async function find(store: AuthStore, { accountId, principal, person }: Caller): Promise<MeRow> {
  try {
    const [row] = await store.query<MeRow>({
      name: 'me',
      text: `select a.name as account_name, a.plan, t.name as token_name, t.scopes, t.expires_at, u.email, u.name as user_name
       from accounts a left join api_tokens t on t.account_id = a.id and t.id = $2 left join users u on u.id = $3
       where a.id = $1`,
      values: [accountId, principal.type === 'token' ? principal.id : null, person?.userId ?? null],
    });
    return row!;
  } catch (error) {
    if (!(error instanceof StoreAway)) throw error;
    throw new DomainError('service_unavailable', { retryAfterS: 1, cause: error });
  }
}

const toMe = (
  { accountId, principal, session, person, scopes }: Caller,
  row: MeRow,
  state: QuotaState | undefined,
): Me => ({
  account: { id: accountId, name: row.account_name, plan: row.plan },
  token:
    principal.type === 'token'
      ? {
          id: principal.id,
          name: row.token_name!,
          scopes: row.scopes!,
          expires_at: row.expires_at?.toISOString() ?? null,
        }
      : null,
  session: session ? { id: session.id, expires_at: session.expiresAt.toISOString() } : null,
  user: person ? { id: person.userId, email: row.email!, name: row.user_name! } : null,
  role: person?.role ?? null,
  scopes: [...scopes],
  quotas: state ? { minute: describe(state.minute, state.atMs), day: describe(state.day, state.atMs) } : null,
});

const describe = ({ limit, used, resetsInMs }: Quota, atMs: number): NonNullable<Me['quotas']>['minute'] => ({
  limit,
  used,
  remaining: Math.max(0, limit - used),
  resets_at: new Date(Math.round(atMs + resetsInMs)).toISOString(),
});
