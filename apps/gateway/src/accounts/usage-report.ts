import type { ErrorCode } from '@nexivo/contracts/errors';
import { type Usage, USAGE_DAYS, USAGE_DAYS_SHOWN, USAGE_TOKENS_SHOWN, type UsageInput } from '@nexivo/contracts/usage';
import { DomainError } from '@nexivo/bus/domain-error';
import type { EntityManager } from 'typeorm';
import { dayOf, partsOfRange } from './usage-range.js';

const DAY_MS = 86_400_000;

interface Counted {
  outcome: string;
  requests: number;
}
/** Of a day, or of a token. */
interface CountedRow extends Counted {
  day: string | null;
  token_id: string | null;
  name: string | null;
}
type Counts = Pick<Usage, 'admitted' | 'refused' | 'refusals'>;

/** From the sums by day, and those by month with the days at the ends of the range: of an account with thousands of tokens the days are a million rows. */
const OF_ALL = `
  with counted as materialized (
    select token_id, outcome, sum(requests)::float8 as requests from (
      select token_id, outcome, requests from usage_token_months where account_id = $1 and month = any($4::date[])
      union all
      select token_id, outcome, sign * requests
      from unnest($5::date[], $6::date[], $7::int[]) edge (first, last, sign)
      cross join lateral (
        select token_id, outcome, requests from usage_days
        where account_id = $1 and day between edge.first and edge.last
      ) days
    ) parts
    group by token_id, outcome having sum(requests) > 0),
  busiest as (
    select token_id, sum(requests) as total from counted
    group by token_id order by total desc, token_id limit ${USAGE_TOKENS_SHOWN})
  select null as day, token_id, t.name, outcome, requests, total
  from counted join busiest using (token_id)
    left join api_tokens t on t.account_id = $1 and t.id = token_id
  union all
  select day::text, null, null, outcome, requests::float8, null from usage_account_days
  where account_id = $1 and day between $2 and $3 and requests > 0
  order by total desc, token_id`;

/** Looked up day by day: between them lie all other tokens of the account. */
const OF_ONE = `
  with counted as materialized (
    select days.* from generate_series($2::date, $3::date, interval '1 day') each
    cross join lateral (
      select day, token_id, outcome, requests from usage_days
      where account_id = $1 and day = each::date and token_id = $4
    ) days)
  select day::text, token_id, t.name, outcome, sum(requests)::float8 as requests
  from counted left join api_tokens t on t.account_id = $1 and t.id = token_id
  group by grouping sets ((day, outcome), (token_id, t.name, outcome))`;

/**
 * What the tokens of an account asked for, by day, by token and by refusal.
 *
 * @throws DomainError `validation_failed` for a range that ends before it begins, or is too long
 */
export async function reportUsage(manager: EntityManager, accountId: string, input: UsageInput): Promise<Usage> {
  const { since, until } = await rangeOf(manager, input);
  const { months, days: edges } = partsOfRange(since, until);
  const rows = await manager.query<CountedRow[]>(input.token_id === undefined ? OF_ALL : OF_ONE, [
    accountId,
    since,
    until,
    ...(input.token_id === undefined
      ? [months, edges.map(({ first }) => first), edges.map(({ last }) => last), edges.map(({ sign }) => sign)]
      : [input.token_id]),
  ]);
  const byDay = rows.filter(({ day }) => day !== null);
  const days = Map.groupBy(byDay, ({ day }) => day);
  const tokens = Map.groupBy(
    rows.filter(({ day }) => day === null),
    ({ token_id }) => token_id!,
  );
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
