import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { candidates, type Candidate } from '@nexivo/contracts/candidates';
import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { eventually } from '@nexivo/testing/poll';
import { callFor, exchange, startWorld, type World } from '@nexivo/testing/world';
import pg from 'pg';
import { candidatesService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { candidatesEnv } from '../src/env.js';

/** Of which one account may have four. */
const CONNECTIONS = 5;

let world: World;
let app: NestFastifyApplication;

beforeAll(async () => {
  world = await startWorld();
  const env = { DATABASE_POOL_SIZE: String(CONNECTIONS) };
  app = await world.start({ name: 'candidates', env: candidatesEnv, database, options: candidatesService }, env);
});
afterAll(() => world.stop());

const jane = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', status: 'new' } as const;
const create = (context: RequestContext): Promise<Candidate> => world.bus.request(candidates.create, jane, context);
const rename = (context: RequestContext, id: string, first_name: string): Promise<Candidate> =>
  world.bus.request(candidates.update, { id, patch: { first_name } }, context);

/** What a test holds back and, having failed, has not let go. */
const holders = new Set<pg.Client>();
afterEach(async () => {
  await Promise.all([...holders].map((holder) => holder.end()));
  holders.clear();
});

/** Runs a statement and keeps its locks until it is told to let go. */
async function hold(statement: string, values: unknown[] = []): Promise<() => Promise<void>> {
  const holder = new pg.Client({ connectionString: world.urlOf('candidates') });
  holders.add(holder);
  await holder.connect();
  await holder.query('begin');
  await holder.query(statement, values);
  return async () => {
    holders.delete(holder);
    await holder.end();
  };
}
const holdRows = (ids: readonly string[]): Promise<() => Promise<void>> =>
  hold('select 1 from candidates where id = any($1) for update', [ids]);

/** Until so many statements of the service wait for a lock. */
const blocked = (howMany: number): Promise<void> =>
  eventually(
    async () => {
      const [row] = await world.sql<{ n: number }>(
        'candidates',
        `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect(row!.n).toBe(howMany);
    },
    { withinMs: 5_000 },
  );

const readiness = async (): Promise<unknown> =>
  (await app.inject({ method: 'GET', url: '/health/ready' })).json<unknown>();

describe('a request whose caller has given up', () => {
  it('ends its statement, and leaves its connection fit for use', async () => {
    const context = callFor();
    const { id } = await create(context);
    const release = await hold('lock table candidates in access exclusive mode');
    const impatient = { ...context, deadline: performance.now() + 2_000 };
    const given = [
      world.bus.request(candidates.get, { id }, impatient),
      rename(impatient, id, 'Joan'),
      world.bus.request(candidates.list, { page: 1, per_page: 10, sort: '-created_at' }, impatient),
    ];
    await blocked(3);
    const outcomes = await Promise.allSettled(given);
    expect(outcomes).toEqual(
      given.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'service_timeout' }) })),
    );
    // The lock is still held: they wait for it no more.
    await blocked(0);
    await release();
    expect((await world.bus.request(candidates.get, { id }, context)).first_name).toBe('Jane');
    const renamed = Array.from({ length: 2 * CONNECTIONS }, (_, index) => rename(context, id, `Joan ${index}`));
    await Promise.all(renamed);
  });
});

describe('an account that waits with all that it may have', () => {
  it('keeps nobody else from reading and writing, and is not taken for a database that is away', async () => {
    const [owner, other] = [callFor(), callFor()];
    const rows = await Promise.all(Array.from({ length: 4 * CONNECTIONS }, () => create(owner)));
    const { id } = await create(other);
    const release = await holdRows(rows.map((row) => row.id));
    const held = rows.map((row) => rename(owner, row.id, 'Joan'));
    await blocked(CONNECTIONS - 1);
    expect((await rename(other, id, 'Ann')).first_name).toBe('Ann');
    expect((await world.bus.request(candidates.get, { id }, other)).first_name).toBe('Ann');
    expect(await readiness()).toMatchObject({ database: 'ok', bus: 'ok' });
    await blocked(CONNECTIONS - 1);
    await release();
    await expect(Promise.all(held)).resolves.toHaveLength(rows.length);
  });
});

describe('many writes of one row', () => {
  it('wait for each other without a connection, while its account goes on with others, and all take effect', async () => {
    const owner = callFor();
    const [{ id }, { id: free }] = await Promise.all([create(owner), create(owner)]);
    const release = await holdRows([id]);
    const held = Array.from({ length: 4 * CONNECTIONS }, (_, index) => rename(owner, id, `Joan ${index}`));
    await blocked(1);
    expect((await rename(owner, free, 'Ann')).first_name).toBe('Ann');
    await blocked(1);
    await release();
    const names = (await Promise.all(held)).map(({ first_name }) => first_name);
    expect(names).toEqual(held.map((_, index) => `Joan ${index}`));
    const [row] = await world.sql<{ version: number }>('candidates', 'select version from candidates where id = $1', [
      id,
    ]);
    expect(row!.version).toBe(1 + held.length);
  });

  it('wait for the first one of their key in the same way', async () => {
    const owner = callFor();
    const { id } = await create(owner);
    const release = await holdRows([id]);
    const keyed = { ...owner, idempotencyKey: 'once' };
    const held = Array.from({ length: 4 * CONNECTIONS }, () =>
      exchange(world.bus, candidates.update, { id, patch: { first_name: 'Joan' } }, keyed).catch(
        (error: unknown) => error,
      ),
    );
    await blocked(1);
    await world.bus.request(candidates.get, { id }, owner);
    await release();
    const [first, ...others] = await Promise.all(held);
    expect(first).toMatchObject({ body: { first_name: 'Joan' }, isReplay: false });
    // On a slow machine it may take longer than they wait.
    for (const answer of others.filter((each) => !(each instanceof DomainError))) {
      expect(answer).toMatchObject({ body: { first_name: 'Joan' }, isReplay: true });
    }
    for (const refusal of others.filter((each) => each instanceof DomainError)) {
      expect(refusal).toMatchObject({ code: 'idempotency_key_in_flight' });
    }
  });
});
