import type { ErrorCode } from '@nexivo/contracts/errors';
import { type Usage, USAGE_DAYS, USAGE_DAYS_SHOWN, USAGE_TOKENS_SHOWN, type UsageInput } from '@nexivo/contracts/usage';
import { DomainError } from '@nexivo/bus/domain-error';
import type { EntityManager } from 'typeorm';

const DAY_MS = 86_400_000;

interface Counted {
  outcome: string;
  requests: number;
}
type Counts = Pick<Usage, 'admitted' | 'refused' | 'refusals'>;

/**
 * What the tokens of an account asked for, by day, by token and by refusal.
 *
 * @throws DomainError `validation_failed` for a range that ends before it begins, or is too long
 */
export async function reportUsage(manager: EntityManager, accountId: string, input: UsageInput): Promise<Usage> {
  const { since, until } = await rangeOf(manager, input);
  const filter = `account_id = $1 and day between $2 and $3 and ($4::uuid is null or token_id = $4)`;
  const values = [accountId, since, until, input.token_id ?? null];
  const [byDay, byToken] = await Promise.all([
    manager.query<(Counted & { day: string })[]>(
      `select day::text as day, outcome, sum(requests)::float8 as requests from usage_days where ${filter} group by day, outcome`,
      values,
    ),
    manager.query<(Counted & { token_id: string; name: string | null })[]>(
      `with counted as (
         select token_id, outcome, sum(requests) as requests from usage_days where ${filter} group by token_id, outcome),
       busiest as (
         select token_id, sum(requests) as total from counted group by token_id order by total desc, token_id
         limit ${USAGE_TOKENS_SHOWN})
       select c.token_id, t.name, c.outcome, c.requests::float8 as requests
       from busiest b join counted c on c.token_id = b.token_id
         left join api_tokens t on t.account_id = $1 and t.id = c.token_id
       order by b.total desc, c.token_id`,
      values,
    ),
  ]);
  const days = Map.groupBy(byDay, ({ day }) => day);
  const tokens = Map.groupBy(byToken, ({ token_id }) => token_id);
  return {
    since,
    until,
    ...countsOf(byDay),
    days: daysBetween(since, until).map((day) => ({ day, ...countsOf(days.get(day) ?? []) })),
    tokens: [...tokens].map(([token_id, rows]) => ({ token_id, name: rows[0]!.name, ...countsOf(rows) })),
  };
}

async function rangeOf(manager: EntityManager, input: UsageInput): Promise<{ since: string; until: string }> {
  const [{ today }] = await manager.query<[{ today: string }]>(
    `select (now() at time zone 'UTC')::date::text as today`,
  );
  const until = input.until ?? today;
  const since = input.since ?? dayOf(Date.parse(until) - (USAGE_DAYS_SHOWN - 1) * DAY_MS);
  const days = (Date.parse(until) - Date.parse(since)) / DAY_MS + 1;
  if (days < 1) throw DomainError.invalid({ field: 'since', code: 'after_until', message: 'must not be after until' });
  if (days > USAGE_DAYS) {
    const message = `must be at most ${USAGE_DAYS} days before until`;
    throw DomainError.invalid({ field: 'since', code: 'range_too_long', message });
  }
  return { since, until };
}

const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

const daysBetween = (since: string, until: string): string[] =>
  Array.from({ length: (Date.parse(until) - Date.parse(since)) / DAY_MS + 1 }, (_, n) =>
    dayOf(Date.parse(since) + n * DAY_MS),
  );

function countsOf(rows: readonly Counted[]): Counts {
  const counts: Counts = { admitted: 0, refused: 0, refusals: {} };
  for (const { outcome, requests } of rows) {
    if (outcome === 'admitted') {
      counts.admitted += requests;
      continue;
    }
    const code = outcome as ErrorCode;
    counts.refused += requests;
    counts.refusals[code] = (counts.refusals[code] ?? 0) + requests;
  }
  return counts;
}
