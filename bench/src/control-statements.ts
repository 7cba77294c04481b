import type { Candidate } from '@nexivo/contracts/candidates';
import { MAX_COUNTED_ROWS } from '@nexivo/contracts/pagination';
import { CANDIDATE, type CandidateEntity } from '@nexivo/candidates/candidate.entity';
import { CANDIDATE_FIELDS } from '@nexivo/search/candidate-fields';
import { accountCondition, searchConditions, type SearchPlan } from '@nexivo/search/search-plan';
import { compileSearch } from '@nexivo/search/tsquery';
import { searchVector } from '@nexivo/search/vector';

/** A statement; with a name it is prepared once on each connection. */
export interface Statement {
  name?: string;
  text: string;
  values: unknown[];
}

/** Where the control records its events: a table like the outbox that no relay looks at. */
export const CONTROL_OUTBOX = 'bench_outbox';

const COLUMNS = [
  'id',
  'first_name',
  'last_name',
  'email',
  'phone',
  'current_title',
  'current_company',
  'city',
  'state',
  'country',
  'status',
  'source',
  'skills',
  'tags',
  'linkedin_url',
  'website_url',
  'summary',
  'external_id',
  'custom_fields',
  'created_at',
  'updated_at',
] as const satisfies (keyof Candidate)[];
const ALL = ['account_id', 'version', ...COLUMNS].join(', ');

const names = new Map<string, string>();
/** Statements differ by their text alone, so that is what the name stands for. */
function statement(text: string, values: unknown[]): Statement {
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = `control_${names.size}`));
  return { name, text, values };
}

export const getOne = (accountId: string, id: string, suffix = ''): Statement =>
  statement(`select ${ALL} from candidates where account_id = $1 and id = $2 ${suffix}`, [accountId, id]);

/** The same row, locked as a change needs it. */
export const lockOne = (accountId: string, id: string): Statement => getOne(accountId, id, 'for update');

const LISTED_STATUSES = 'new,screening,available,placed';
const EQUALITIES = ['city', 'state', 'source', 'external_id'];

/** A list as the service reads it. */
export interface ListStatements {
  /** The page, and one row more: whether there is a next one. */
  page: Statement;
  /** How many rows there are, where the counters know it. */
  kept?: Statement;
  /** The same page where they do not, and how many there are, if those are no more than are counted. */
  counted: Statement;
}

/** The time before which nothing more will be written: a list that is continued ends there. */
export const settled = (): Statement =>
  statement(
    `with clock as materialized (select clock_timestamp() as now from pg_sleep(0.002))
     select date_trunc('milliseconds', least(now, (
       select min(xact_start) from pg_stat_activity
       where datname = current_database() and usename = current_user and pid <> pg_backend_pid() and xact_start < now
     ))) as settled from clock`,
    [],
  );

/**
 * What a list's parameters select.
 *
 * @param plan of the query's `q`
 * @param after the place of the row that the page begins behind, and the time at which the list ends
 */
export function list(
  accountId: string,
  query: URLSearchParams,
  plan: SearchPlan,
  after?: { created_at: string; id: string; settled: Date },
): ListStatements {
  const values: unknown[] = [];
  /** Other values for finding all rows than for reading them in their order. */
  const findsAll = new Map<number, unknown>();
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const statuses = (query.get('status') ?? LISTED_STATUSES).split(',');
  const conditions = [`account_id = ${bind(accountId)}`, `status in (${statuses.map(bind).join(', ')})`];
  const byStatus = conditions.length;
  const given = (name: string, condition: (value: string) => string): void => {
    const value = query.get(name);
    if (value !== null) conditions.push(condition(bind(value)));
  };
  given('email', (value) => `lower(email) = lower(${value})`);
  given('tag', (value) => `tags @> array[${value}]`);
  given('skill', (value) => `skills @> array[${value}]`);
  for (const column of EQUALITIES) given(column, (value) => `${column} = ${value}`);
  const q = query.get('q');
  if (q !== null) {
    const search = compileSearch(q, CANDIDATE_FIELDS);
    const isAccountChecked = bind(false);
    findsAll.set(values.length - 1, plan.isAccountChecked);
    conditions.splice(
      0,
      1,
      accountCondition('candidates', '$1'),
      ...searchConditions(search, plan, 'candidates', '$1', isAccountChecked, bind),
    );
  }
  const isByStatusAlone = conditions.length === byStatus;
  if (after) {
    const { created_at, id } = after;
    conditions.push(`created_at < ${bind(after.settled)}`, `(created_at, id) < (${bind(created_at)}, ${bind(id)})`);
  }

  const selected = `from candidates where ${conditions.join(' and ')}`;
  const perPage = perPageOf(query);
  const offset = (Number(query.get('page') ?? 1) - 1) * perPage;
  const onPage = `limit ${bind(perPage + 1)} offset ${bind(offset)}`;
  const order = 'order by created_at desc, id desc';
  // Not prepared, as the service's are not: they are planned for the account and the words.
  const page = { text: `select ${ALL} ${selected} ${order} ${onPage}`, values };
  const counted = {
    text: `with found as materialized (select ctid, created_at, id ${selected} limit ${MAX_COUNTED_ROWS + 1}),
       page as (select * from found ${order} ${onPage})
     select ${ALL.split(', ')
       .map((column) => `candidates.${column}`)
       .join(', ')}, (select count(*)::int from found) as total
     from page join candidates on candidates.ctid = page.ctid
     order by page.created_at desc, page.id desc`,
    values: values.map((value, index) => (findsAll.has(index) ? findsAll.get(index) : value)),
  };
  const kept = statement(
    `select coalesce(sum(rows), 0)::float8 as total from list_counters where account_id = $1 and value = any($2)`,
    [accountId, statuses],
  );
  return { page, counted, ...(isByStatusAlone && { kept }) };
}

export const perPageOf = (query: URLSearchParams): number => Number(query.get('per_page') ?? 25);

const INSERTED = [
  'account_id',
  ...COLUMNS.filter((column) => column !== 'created_at' && column !== 'updated_at'),
  'search',
] as const;

/** A new row but for what the database gives it. */
export function rowFrom(given: object, account_id: string, id: string): CandidateEntity {
  const row = {
    ...Object.fromEntries(INSERTED.map((column) => [column, null])),
    status: 'new',
    skills: [],
    tags: [],
    custom_fields: {},
    ...given,
    account_id,
    id,
  } as unknown as CandidateEntity;
  row.search = searchVector(CANDIDATE_FIELDS, row);
  return row;
}

export const insert = (row: CandidateEntity): Statement =>
  statement(
    `insert into candidates (${INSERTED.join(', ')}) values (${INSERTED.map((_, index) => `$${index + 1}`).join(', ')})
     returning version, created_at, updated_at`,
    INSERTED.map((column) => row[column]),
  );

export function update(row: CandidateEntity, changes: Partial<CandidateEntity>): Statement {
  const { account_id, id } = row;
  const changed = Object.keys(changes) as (keyof CandidateEntity)[];
  const written = { ...changes, ...CANDIDATE.derived({ ...row, ...changes }, changed) };
  const columns = Object.keys(written);
  const set = columns.map((column, index) => `${column} = $${index + 3}`).join(', ');
  return statement(
    `update candidates set ${set}, version = version + 1, updated_at = clock_timestamp()
     where account_id = $1 and id = $2 returning version, updated_at`,
    [account_id, id, ...Object.values(written)],
  );
}

/** What the control has to know of an event. */
export interface ControlEvent {
  id: string;
  type: string;
  account_id: string;
  request_id: string;
}

export const record = (event: ControlEvent, aggregateId: string): Statement =>
  statement(
    `insert into ${CONTROL_OUTBOX} (id, account_id, aggregate_id, type, version, payload, request_id, traceparent)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [event.id, event.account_id, aggregateId, event.type, 1, JSON.stringify(event), event.request_id, null],
  );
