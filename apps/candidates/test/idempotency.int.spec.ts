import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { candidates, type CreateCandidateInput } from '@nexivo/contracts/candidates';
import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { IdempotencySweeper } from '@nexivo/store/idempotency.sweeper';
import { createLogger } from '@nexivo/runtime/logging';
import { Reply } from '@nexivo/bus/reply';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { callFor, exchange, startWorld, type World } from '@nexivo/testing/world';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { candidatesService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { candidatesEnv } from '../src/env.js';

let world: World;
let app: NestFastifyApplication;

beforeAll(async () => {
  world = await startWorld();
  app = await world.start({ name: 'candidates', env: candidatesEnv, database, options: candidatesService });
});
afterAll(() => world.stop());

const jane: CreateCandidateInput = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', status: 'new' };

const keyed = (context: RequestContext = callFor(), idempotencyKey: string = randomUUID()): RequestContext => ({
  ...context,
  idempotencyKey,
});
const create = (context: RequestContext, input: CreateCandidateInput = jane) =>
  exchange(world.bus, candidates.create, input, context);
const update = (context: RequestContext, id: string, patch: object) =>
  exchange(world.bus, candidates.update, { id, patch }, context);
/** Members and their order. */
const bytesOf = ({ body }: Reply<unknown>): string => JSON.stringify(body);
const codeOf = (error: unknown): string => (error as DomainError).code;

async function count(table: 'candidates' | 'idempotency_keys', { accountId }: RequestContext): Promise<number> {
  const text = `select count(*)::int as n from ${table} where account_id = $1`;
  const [row] = await world.sql<{ n: number }>('candidates', text, [accountId]);
  return row!.n;
}

/** Makes keys look as if they had been used that long ago. */
async function age(interval: string, { accountId }: RequestContext): Promise<void> {
  const text = `update idempotency_keys set created_at = created_at - $1::interval where account_id = $2`;
  await world.sql('candidates', text, [interval, accountId]);
}

describe('a write that is sent again with its key', () => {
  it('is answered as the first time, to the byte, however much has changed since', async () => {
    const context = keyed();
    const first = await create(context, { ...jane, custom_fields: { b: 1, a: 2, 10: 3 } });
    expect(first).toMatchObject({ version: 1, isReplay: false });
    await update({ ...context, idempotencyKey: randomUUID() }, first.body.id, { first_name: 'Joan' });
    const again = await create(context, { ...jane, custom_fields: { b: 1, a: 2, 10: 3 } });
    expect(again).toMatchObject({ version: 1, isReplay: true });
    expect(bytesOf(again)).toBe(bytesOf(first));
    expect(await count('candidates', context)).toBe(1);
  });

  it('is recognised whatever the order of its members', async () => {
    const context = keyed();
    const first = await create(context, { ...jane, custom_fields: { a: 1, b: 2 } });
    const { email, ...rest } = jane;
    const again = await create(context, { email, custom_fields: { b: 2, a: 1 }, ...rest });
    expect(again.isReplay).toBe(true);
    expect(bytesOf(again)).toBe(bytesOf(first));
  });

  it('is answered as the first time even if it had changed nothing', async () => {
    const context = callFor();
    const { body } = await create(context);
    const noChange = keyed(context);
    const first = await update(noChange, body.id, { first_name: 'Jane' });
    expect(first).toMatchObject({ version: 1, isReplay: false, body });
    await update(context, body.id, { first_name: 'Joan' });
    const again = await update(noChange, body.id, { first_name: 'Jane' });
    expect(again).toMatchObject({ version: 1, isReplay: true, body });
    await expect(world.bus.request(candidates.get, { id: body.id }, context)).resolves.toMatchObject({
      first_name: 'Joan',
    });
  });

  it('is refused if it is another write: another payload, another row, another command', async () => {
    const context = keyed();
    const first = await create(context);
    const other = await create({ ...context, idempotencyKey: randomUUID() });
    const patched = keyed(context);
    await update(patched, first.body.id, { phone: '1' });
    for (const reuse of [
      () => create(context, { ...jane, phone: '1' }),
      () => update(context, first.body.id, { phone: '1' }),
      () => update(patched, first.body.id, { phone: '2' }),
      () => update(patched, other.body.id, { phone: '1' }),
      () => create(patched),
    ]) {
      await expect(reuse()).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    }
    expect(await count('candidates', context)).toBe(2);
    const { version } = await exchange(world.bus, candidates.get, { id: other.body.id }, context);
    expect(version).toBe(1);
  });

  it('is another write for another account', async () => {
    const [one, two] = [keyed(callFor(), 'the-same'), keyed(callFor(), 'the-same')];
    const first = await create(one);
    const second = await create(two);
    expect(second.isReplay).toBe(false);
    expect(second.body.id).not.toBe(first.body.id);
  });

  it('is carried out if it failed the first time: a failure leaves no key behind', async () => {
    const context = callFor();
    const { body } = await create(context, { ...jane, external_id: 'A-1' });
    const retried = keyed(context);
    await expect(create(retried, { ...jane, external_id: 'A-1' })).rejects.toMatchObject({
      code: 'duplicate_external_id',
    });
    expect(await count('idempotency_keys', context)).toBe(0);
    await update(context, body.id, { external_id: null });
    await expect(create(retried, { ...jane, external_id: 'A-1' })).resolves.toMatchObject({ isReplay: false });
    await expect(create(retried, { ...jane, external_id: 'A-1' })).resolves.toMatchObject({ isReplay: true });
  });

  it('is carried out again once the key is older than 24 hours, and not before', async () => {
    const context = keyed();
    const first = await create(context);
    await age('23 hours 59 minutes', context);
    await expect(create(context)).resolves.toMatchObject({ isReplay: true, body: first.body });
    await age('2 minutes', context);
    const anew = await create(context, { ...jane, phone: '1' });
    expect(anew).toMatchObject({ isReplay: false, body: { phone: '1' } });
    await expect(create(context, { ...jane, phone: '1' })).resolves.toMatchObject({ isReplay: true, body: anew.body });
    expect(await count('candidates', context)).toBe(2);
    expect(await count('idempotency_keys', context)).toBe(1);
  });

  it('shares nothing with a command that is only asked on the way: `call` leaves key and condition behind', async () => {
    const context = keyed();
    await world.bus.request(candidates.create, jane, { ...context, ifMatch: [] });
    expect(await count('idempotency_keys', context)).toBe(0);
  });
});

describe('many identical writes with one key at once', () => {
  it('are one write: each is answered alike, or told to wait', async () => {
    for (let round = 0; round < 5; round++) {
      const context = keyed();
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => create(context)));
      const replies = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
      const refusals = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => codeOf(reason));
      expect(replies.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
      expect(new Set(replies.map(bytesOf)).size).toBe(1);
      expect(refusals.filter((code) => code !== 'idempotency_key_in_flight')).toEqual([]);
      expect(await count('candidates', context)).toBe(1);
    }
  });

  it('wait for the first about a second, are then refused, and are answered once it is done', async () => {
    const context = keyed();
    const table = await lockCandidates();
    const first = create(context);
    await table.blocked(1);
    const startedAt = performance.now();
    const refused = await create(context).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'idempotency_key_in_flight', retryAfterS: 1 });
    expect(performance.now() - startedAt).toBeLessThan(scaled(2_500));
    const waiting = create(context);
    // It needs no connection for that.
    await table.blocked(1);
    await table.release();
    const done = await first;
    expect(done.isReplay).toBe(false);
    await expect(waiting).resolves.toMatchObject({ isReplay: true, body: done.body });
    expect(await count('candidates', context)).toBe(1);
  });
});

it('a key that another replica is using is waited for about a second, and free again when nothing came of it', async () => {
  const context = keyed();
  const other = new pg.Client({ connectionString: world.urlOf('candidates') });
  held.add(other);
  await other.connect();
  await other.query('begin');
  await other.query('insert into idempotency_keys (account_id, key, request_hash) values ($1, $2, $3)', [
    context.accountId,
    context.idempotencyKey,
    Buffer.alloc(32),
  ]);
  await expect(create(context)).rejects.toMatchObject({ code: 'idempotency_key_in_flight', retryAfterS: 1 });
  await other.query('rollback');
  expect((await create(context)).isReplay).toBe(false);
});

describe('a change that names the versions it was meant for', () => {
  it('is made at those versions only, and says otherwise which one there is', async () => {
    const context = callFor();
    const { body } = await create(context);
    const changed = await update({ ...context, ifMatch: [1] }, body.id, { phone: '1' });
    expect(changed.version).toBe(2);
    for (const ifMatch of [[1], [3, 4], []]) {
      const refused = update({ ...context, ifMatch }, body.id, { phone: '2' });
      await expect(refused).rejects.toMatchObject({ code: 'precondition_failed', version: 2 });
      const deleted = exchange(world.bus, candidates.delete, { id: body.id }, { ...context, ifMatch });
      await expect(deleted).rejects.toMatchObject({ code: 'precondition_failed', version: 2 });
    }
    await expect(update({ ...context, ifMatch: [9, 2] }, body.id, { phone: '3' })).resolves.toMatchObject({
      version: 3,
    });
    await expect(update({ ...context, ifMatch: '*' }, body.id, { phone: '4' })).resolves.toMatchObject({ version: 4 });
  });

  it('is refused also where it would have changed nothing', async () => {
    const context = callFor();
    const { body } = await create(context);
    await expect(update({ ...context, ifMatch: [2] }, body.id, {})).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    await expect(update({ ...context, ifMatch: [1] }, body.id, {})).resolves.toMatchObject({ version: 1 });
  });

  it('loses nobody’s update: of many at once exactly one wins', async () => {
    const context = callFor();
    const { body } = await create(context);
    const attempts = Array.from({ length: 20 }, (_, n) =>
      update({ ...context, ifMatch: [1] }, body.id, { phone: `${n}` }).then(
        ({ body: { phone } }) => phone,
        (error: unknown) => codeOf(error),
      ),
    );
    const outcomes = await Promise.all(attempts);
    const winners = outcomes.filter((outcome) => outcome !== 'precondition_failed');
    expect(winners).toHaveLength(1);
    await expect(exchange(world.bus, candidates.get, { id: body.id }, context)).resolves.toMatchObject({
      version: 2,
      body: { phone: winners[0] },
    });
  });

  it('is answered again under its key, though the version is not the one it names any more', async () => {
    const context = callFor();
    const { body } = await create(context);
    const guarded = { ...keyed(context), ifMatch: [1] };
    const first = await update(guarded, body.id, { phone: '1' });
    await update(context, body.id, { phone: '2' });
    const again = await update(guarded, body.id, { phone: '1' });
    expect(again).toMatchObject({ isReplay: true, version: 2 });
    expect(bytesOf(again)).toBe(bytesOf(first));
  });
});

describe('the sweep', () => {
  const many = (context: RequestContext, howMany: number) =>
    Promise.all(Array.from({ length: howMany }, () => update(keyed(context), id, {})));
  let id: string;
  let owner: RequestContext;
  const sweeper = (): IdempotencySweeper =>
    new IdempotencySweeper(app.get(DataSource), createLogger('candidates', 'silent'));

  beforeAll(async () => {
    // Of no other test's keys may any be old enough.
    await world.sql('candidates', 'delete from idempotency_keys');
  });

  it('deletes the keys beyond 24 hours and no others, in batches, shared by several replicas', async () => {
    owner = callFor();
    ({ id } = (await create(owner)).body);
    await many(owner, 35);
    await age('25 hours', owner);
    await many(owner, 5);
    const deleted = await Promise.all([sweeper().sweep(10), sweeper().sweep(10), sweeper().sweep(10)]);
    expect(deleted.reduce((sum, { idempotencyKeys }) => sum + idempotencyKeys, 0)).toBe(35);
    expect(await count('idempotency_keys', owner)).toBe(5);
  });

  it('leaves a key alone that a request is taking over, and the request undisturbed', async () => {
    const context = keyed();
    await create(context);
    await age('25 hours', context);
    const table = await lockCandidates();
    const anew = create(context);
    await table.blocked(1);
    await expect(sweeper().sweep()).resolves.toEqual({ idempotencyKeys: 0 });
    await table.release();
    await expect(anew).resolves.toMatchObject({ isReplay: false });
    await expect(create(context)).resolves.toMatchObject({ isReplay: true });
  });

  it('comes back by itself, and no more once the service stops', async () => {
    const periodic = sweeper();
    periodic.start(20);
    for (const round of [1, 2]) {
      await many(owner, round);
      await age('25 hours', owner);
      await eventually(async () => expect(await count('idempotency_keys', owner)).toBe(0));
    }
    await periodic.onModuleDestroy();
    await many(owner, 1);
    await age('25 hours', owner);
    const other = sweeper();
    await expect(other.sweep()).resolves.toEqual({ idempotencyKeys: 1 });
  });
});

/** What a test has locked and, having failed, not released. */
const held = new Set<pg.Client>();
afterEach(async () => {
  await Promise.all([...held].map((client) => client.end()));
  held.clear();
});

/** Holds back every write to candidates, in the middle of its transaction. */
async function lockCandidates() {
  const client = new pg.Client({ connectionString: world.urlOf('candidates') });
  held.add(client);
  await client.connect();
  await client.query('begin; lock table candidates in exclusive mode');
  return {
    blocked: (howMany: number) =>
      eventually(async () => {
        const [row] = await world.sql<{ n: number }>(
          'candidates',
          `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        expect(row!.n).toBe(howMany);
      }),
    release: async () => {
      held.delete(client);
      await client.end();
    },
  };
}
