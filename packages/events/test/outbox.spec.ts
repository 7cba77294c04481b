import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock } from '@nexivo/runtime/clock';
import { createLogger } from '@nexivo/runtime/logging';
import { Readiness } from '@nexivo/runtime/readiness';
import { changedFrom } from '../src/outbox.js';
import { OutboxSweeper } from '../src/outbox.sweeper.js';
import { createOutboxV1, dropOutboxV1 } from '../src/outbox.table.js';
import { type PublishingWorld, startPublishingWorld } from './publishing-world.js';
import { appendedIds, changeEach, changeResource, newIds } from './resources.js';

let world: PublishingWorld;
beforeAll(async () => {
  world = await startPublishingWorld();
});
afterEach(() => world.database.query('truncate outbox, sweeps'));
afterAll(() => world.stop());

describe('changedFrom', () => {
  const before = {
    status: 'new',
    phone: null as string | null,
    tags: ['a', 'b'],
    custom_fields: { level: 3, team: 'x' },
    updated_at: '2026-11-24T09:30:00.000Z',
  };

  it('gives the members that differ, as they were', () => {
    const after = {
      ...before,
      status: 'screening',
      phone: '1',
      tags: ['b', 'a'],
      custom_fields: { level: 4, team: 'x' },
    };
    expect(changedFrom(before, after)).toEqual({
      status: 'new',
      phone: null,
      tags: ['a', 'b'],
      custom_fields: { level: 3, team: 'x' },
    });
  });

  it('leaves out what is equal in depth, whatever the order of its members, and updated_at', () => {
    const after = { ...before, tags: ['a', 'b'], custom_fields: { team: 'x', level: 3 }, updated_at: 'later' };
    expect(changedFrom(before, after)).toEqual({});
  });

  it('gives a member that was cleared', () => {
    expect(changedFrom({ ...before, phone: '1' }, before)).toEqual({ phone: '1' });
  });
});

describe('appendToOutbox', () => {
  it('refuses to record outside a transaction, and then has recorded nothing', async () => {
    await expect(changeResource(world.database.manager, newIds(1)[0]!)).rejects.toThrow(
      'in a transaction or not at all',
    );
    expect(await appendedIds(world.database)).toEqual([]);
  });

  it('gives events ids that are unique and in the order of time', async () => {
    await changeEach(world.database, newIds(100));
    const ids = await appendedIds(world.database);
    expect(new Set(ids).size).toBe(100);
    expect(ids.toSorted()).toEqual(ids);
    expect(ids.filter((id) => !/^evt_[0-9a-f]{12}7[0-9a-f]{19}$/.test(id))).toEqual([]);
  });
});

describe('the sweeper', () => {
  it('deletes what was published more than three days ago, in batches, and nothing that waits', async () => {
    await changeEach(world.database, newIds(30));
    const published = (interval: string, parity: number): Promise<unknown> =>
      world.database.query(`update outbox set published_at = now() - $1::interval where seq % 3 = $2`, [
        interval,
        parity,
      ]);
    await published('3 days 1 minute', 0);
    await published('2 days 23 hours', 1);
    await world.database.query(`update outbox set created_at = now() - interval '9 days'`);
    const sweeper = new OutboxSweeper(world.database, createLogger('test', 'silent'));
    expect(await sweeper.sweep(4)).toEqual({ outbox: 10 });
    expect(await sweeper.sweep(4)).toEqual({ outbox: 0 });
    const [left] = await world.database.query(
      'select count(*)::int as rows, count(published_at)::int as published from outbox',
    );
    expect(left).toEqual({ rows: 20, published: 10 });
  });

  it('takes an hour more at a time, however far ahead the clock is', async () => {
    const sweeper = new OutboxSweeper(world.database, createLogger('test', 'silent'));
    const rows = async (): Promise<number> =>
      (await world.database.query<[{ rows: number }]>('select count(*)::int as rows from outbox'))[0].rows;
    await changeEach(world.database, newIds(10));
    await world.database.query('update outbox set published_at = now()');
    const before = await rows();
    await sweeper.sweep();
    // The clock is 36 days ahead, seen from here.
    await world.database.query(`update sweeps set swept_at = swept_at - interval '36 days'`);
    await world.database.query(`update outbox set published_at = published_at - interval '36 days'`);
    for (let hour = 0; hour < 71; hour++) await sweeper.sweep();
    expect(await rows()).toBe(before);
    await sweeper.sweep();
    await sweeper.sweep();
    expect(await rows()).toBe(0);
  });

  it('deletes nothing while nobody knows what time it is', async () => {
    await changeEach(world.database, newIds(1));
    await world.database.query(`update outbox set published_at = now() - interval '9 days'`);
    const sweep = async (aheadMs: number): Promise<unknown> => {
      const store = { time: () => Promise.resolve(new Date(Date.now() - aheadMs)), unavailability: () => undefined };
      const logger = createLogger('test', 'silent');
      const clock = new Clock(store, new Readiness(), logger);
      await clock.look();
      return new OutboxSweeper(world.database, logger, clock).sweep();
    };
    expect(await sweep(70_000)).toEqual({ outbox: 0 });
    expect(await sweep(-70_000)).toEqual({ outbox: 0 });
    expect(await sweep(0)).toEqual({ outbox: 1 });
  });
});

it('the table can be dropped and made again', async () => {
  const queryRunner = world.database.createQueryRunner();
  await dropOutboxV1(queryRunner);
  await createOutboxV1(queryRunner);
  await queryRunner.release();
  await changeEach(world.database, newIds(1));
  expect(await appendedIds(world.database)).toHaveLength(1);
});
