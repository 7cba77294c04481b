/**
 * What the API is compared with: one process with Fastify and pg that answers the same requests from the same tables by the same
 * SQL, prepared where the service prepares it. No bus, no authentication, no quotas, no validation, no log: in place of a token, requests carry
 * the account's id.
 */
import { MAX_COUNTED_ROWS } from '@nexivo/contracts/pagination';
import { BASE_PATH } from '@nexivo/contracts/route';
import { type CandidateEntity, toCandidate } from '@nexivo/candidates/candidate.entity';
import { CANDIDATE_FIELDS } from '@nexivo/search/candidate-fields';
import { planSearch, type SearchPlan, WHOLE } from '@nexivo/search/search-plan';
import { compileSearch } from '@nexivo/search/tsquery';
import { port, readEnv, serviceEnv } from '@nexivo/runtime/env';
import fastify, { type FastifyRequest } from 'fastify';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import * as statements from './control-statements.js';
import { stopWhenTold } from './stop.js';

const env = readEnv({
  DATABASE_URL: serviceEnv.DATABASE_URL,
  DATABASE_POOL_SIZE: serviceEnv.DATABASE_POOL_SIZE,
  PORT: port,
});
const pool = new pg.Pool({
  connectionString: env.DATABASE_URL,
  max: env.DATABASE_POOL_SIZE,
  application_name: 'control',
});
await pool.query(`create table if not exists ${statements.CONTROL_OUTBOX} (like outbox including all)`);

const accountOf = (request: FastifyRequest): string => request.headers.authorization!;
const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;

/** All in one transaction, or nothing of it. */
async function inTransaction<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

/** Records that the row is as it is now, as the outbox does. */
async function record(
  client: pg.PoolClient,
  type: string,
  request: FastifyRequest,
  row: CandidateEntity,
  previous: object | null,
): Promise<void> {
  const event = {
    id: `evt_${uuidv7().replaceAll('-', '')}`,
    type,
    created_at: row.updated_at.toISOString(),
    account_id: row.account_id,
    request_id: request.id,
    resource_version: row.version,
    data: { object: toCandidate(row), previous },
  };
  await client.query(statements.record(event, row.id));
}

const app = fastify();

app.get('/health/ready', () => ({ status: 'ok' }));

app.get(`${BASE_PATH}/candidates/:id`, async (request) => {
  const { rows } = await pool.query<CandidateEntity>(statements.getOne(accountOf(request), idOf(request)));
  return toCandidate(rows[0]!);
});

app.get(`${BASE_PATH}/candidates`, async (request) => {
  const query = new URLSearchParams(request.query as Record<string, string>);
  const perPage = statements.perPageOf(query);
  const plan = await planOf(accountOf(request), query.get('q'));
  const [created_at, id] = query.get('after')?.split(',') ?? [];
  if (created_at && id) {
    const { rows } = await pool.query<{ settled: Date }>(statements.settled());
    const { page } = statements.list(accountOf(request), query, plan, { created_at, id, ...rows[0]! });
    return { data: (await pool.query<CandidateEntity>(page)).rows.slice(0, perPage).map(toCandidate) };
  }
  const { page, kept, counted } = statements.list(accountOf(request), query, plan);
  if (kept) {
    const [{ rows }, total] = await Promise.all([pool.query<CandidateEntity>(page), count(kept)]);
    return toList(rows, perPage, total);
  }
  const { rows } = await pool.query<CandidateEntity & { total: number }>(counted);
  const total = rows[0]?.total ?? 0;
  if (total <= MAX_COUNTED_ROWS) return toList(rows, perPage, total);
  return toList((await pool.query<CandidateEntity>(page)).rows, perPage, MAX_COUNTED_ROWS);
});

const toList = (rows: (CandidateEntity & { total?: number })[], perPage: number, total: number): object => ({
  data: rows.slice(0, perPage).map(({ total: _, ...row }) => toCandidate(row)),
  meta: { total },
});

const planOf = async (accountId: string, q: string | null): Promise<SearchPlan> =>
  q === null
    ? WHOLE
    : planSearch(
        async <Row extends object>(text: string, values: unknown[]) => (await pool.query<Row>(text, values)).rows,
        'candidates',
        compileSearch(q, CANDIDATE_FIELDS),
        accountId,
      );

const count = async (statement: statements.Statement): Promise<number> =>
  (await pool.query<{ total: number }>(statement)).rows[0]!.total;

app.post(`${BASE_PATH}/candidates`, async (request, reply) => {
  const row = statements.rowFrom(request.body as object, accountOf(request), uuidv7());
  await inTransaction(async (client) => {
    const { rows } = await client.query<Partial<CandidateEntity>>(statements.insert(row));
    Object.assign(row, rows[0]);
    await record(client, 'candidate.created', request, row, null);
  });
  return reply.status(201).send(toCandidate(row));
});

app.patch(`${BASE_PATH}/candidates/:id`, (request) =>
  inTransaction(async (client) => {
    const changes = request.body as Partial<CandidateEntity>;
    const { rows } = await client.query<CandidateEntity>(statements.lockOne(accountOf(request), idOf(request)));
    const before = rows[0]!;
    const updated = await client.query<Partial<CandidateEntity>>(statements.update(before, changes));
    const after = { ...before, ...changes, ...updated.rows[0] };
    const previous = Object.fromEntries(
      Object.keys(changes).map((name) => [name, before[name as keyof CandidateEntity]]),
    );
    await record(client, 'candidate.updated', request, after, previous);
    return toCandidate(after);
  }),
);

stopWhenTold(
  () => app.close(),
  () => pool.end(),
);
await app.listen({ port: env.PORT, host: '127.0.0.1' });
