import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@nexivo/runtime/logging';
import { databaseTime } from '@nexivo/store/database';
import { underSessionLock } from '@nexivo/store/session-lock';
import { NAME_UPKEEP } from '@nexivo/store/session-names';
import { visibilityHorizon } from '@nexivo/store/visibility-horizon';
import { eventually } from '@nexivo/testing/poll';
import pg from 'pg';
import { Reconciler } from '../src/reconciler.js';
import { type PublishingWorld, startPublishingWorld } from './publishing-world.js';
import { connectTo, startRelay, stopRelays } from './relays.js';
import { changeEach, newIds } from './resources.js';

let world: PublishingWorld;

beforeAll(async () => {
  world = await startPublishingWorld();
});
afterAll(async () => {
  await stopRelays();
  await world.stop();
});

/** While somebody has a lock of that name, lists show what was committed by now. */
async function expectFreshListsWhile(isUnderWay: () => Promise<boolean>): Promise<void> {
  await eventually(async () => expect(await isUnderWay()).toBe(true));
  const now = await databaseTime(world.database.manager);
  expect((await visibilityHorizon(world.database)).getTime()).toBeGreaterThanOrEqual(now.getTime());
  // It was not over before it was looked at.
  expect(await isUnderWay()).toBe(true);
}

const isLocked = async (name: string): Promise<boolean> => {
  const rows = await world.database.query<unknown[]>(
    `select from pg_locks where locktype = 'advisory' and granted
       and database = (select oid from pg_database where datname = current_database())
       and (classid::bigint << 32) + objid::bigint = hashtextextended($1 || ' ' || current_schema(), 0)`,
    [name],
  );
  return rows.length > 0;
};

it('a relay and a reconciler that wait for NATS keep no list from showing what is new', async () => {
  const bus = await connectTo(world.natsUrl);
  const reconciler = new Reconciler(world.database, bus, createLogger('test', 'silent'));
  await startRelay(world);
  await changeEach(world.database, newIds(3));
  await eventually(async () => expect(await world.unpublished()).toBe(0));
  const { pid } = world.nats;
  process.kill(pid!, 'SIGSTOP');
  let reconciled: Promise<unknown> | undefined;
  try {
    await changeEach(world.database, newIds(1));
    await expectFreshListsWhile(() => isLocked('outbox relay'));
    reconciled = reconciler.reconcile().catch(() => undefined);
    await expectFreshListsWhile(() => isLocked('outbox reconciler'));
  } finally {
    process.kill(pid!, 'SIGCONT');
    await reconciled;
    await bus.onApplicationShutdown();
  }
  await eventually(async () => expect(await world.unpublished()).toBe(0));
});

/** Opens a transaction as a session of that name, and tells whether the horizon waits for it. */
async function holdsHorizon(applicationName: string, statement = 'select 1'): Promise<boolean> {
  const session = new pg.Client({ connectionString: world.databaseUrl, application_name: applicationName });
  await session.connect();
  try {
    await session.query('begin');
    await session.query(statement);
    const { rows } = await session.query<{ begun: Date }>('select now() as begun');
    // Times are read in whole milliseconds.
    let now: Date;
    do now = await databaseTime(world.database.manager);
    while (now <= rows[0]!.begun);
    return (await visibilityHorizon(world.database)) < now;
  } finally {
    await session.end();
  }
}

describe('the horizon of lists', () => {
  it('waits for an open transaction that can still write a row', async () => {
    await expect(holdsHorizon('nexivo-jobs')).resolves.toBe(true);
    await expect(holdsHorizon('nexivo-webhooks-delivery')).resolves.toBe(true);
    await expect(holdsHorizon('')).resolves.toBe(true);
  });

  it('does not wait for a slow reader, nor for a sweeper', async () => {
    await expect(holdsHorizon('nexivo-candidates:reads')).resolves.toBe(false);
    await expect(holdsHorizon('nexivo-candidates', NAME_UPKEEP)).resolves.toBe(false);
  });
});

describe('work under a session lock', () => {
  const LOCK = { name: 'test', hungAfterMs: 60_000 };

  it('is done by one at a time, and holds no transaction', async () => {
    let end: (() => void) | undefined;
    const first = underSessionLock(world.database, LOCK, async (manager) => {
      await manager.query('select 1');
      await new Promise<void>((resolve) => (end = resolve));
      return 'first';
    });
    // Nobody waits for the lock: whoever tried before would keep the first from it.
    await eventually(() => expect(end).toBeDefined());
    await expect(underSessionLock(world.database, LOCK, () => Promise.resolve('second'))).resolves.toBeUndefined();
    const now = await databaseTime(world.database.manager);
    expect((await visibilityHorizon(world.database)).getTime()).toBeGreaterThanOrEqual(now.getTime());
    end!();
    await expect(first).resolves.toBe('first');
    await expect(underSessionLock(world.database, LOCK, () => Promise.resolve('third'))).resolves.toBe('third');
  });

  it('that fails gives the lock back', async () => {
    const failed = underSessionLock(world.database, LOCK, () => Promise.reject(new Error('no')));
    await expect(failed).rejects.toThrow('no');
    await expect(underSessionLock(world.database, LOCK, () => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('that is silent for too long loses the lock, and what it asks afterwards fails', async () => {
    let resume = (): void => undefined;
    let hasBegun = false;
    const hung = underSessionLock(world.database, { ...LOCK, hungAfterMs: 100 }, async (manager) => {
      hasBegun = true;
      await new Promise<void>((resolve) => (resume = resolve));
      return manager.query('select 1');
    });
    const outcome = hung.then(
      () => 'done',
      () => 'failed',
    );
    await eventually(() => expect(hasBegun).toBe(true));
    await eventually(async () =>
      expect(await underSessionLock(world.database, LOCK, () => Promise.resolve('next'))).toBe('next'),
    );
    resume();
    await expect(outcome).resolves.toBe('failed');
  });
});
