import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { type Postgres, startPostgres } from '@nexivo/local/postgres';
import { eventually } from '@nexivo/testing/poll';
import { type Death, startConsumer, stopConsumers } from './consuming-process.js';
import { type ConsumingWorld, newEvents, startConsumingWorld } from './consuming-world.js';

const ACK_WAIT_MS = 500;
const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-consumer-'));
let postgres: Postgres;
let service: ConsumingWorld;

beforeAll(async () => {
  postgres = await startPostgres({ dataDir, settings: { fsync: 'off' }, autoRestart: false });
  service = await startConsumingWorld({ ackWaitMs: ACK_WAIT_MS, postgresUrl: postgres.url });
});
afterEach(async () => {
  await stopConsumers();
  await service.reset();
});
afterAll(async () => {
  await service.stop();
  await postgres.stop();
  removeOutsideDirectory(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
});

const idsOf = (events: readonly { id: string }[]): string[] => events.map(({ id }) => id).toSorted();
const effects = async (): Promise<string[]> => (await service.effects()).toSorted();
const settled = (): Promise<void> =>
  eventually(async () => expect(await service.progress()).toMatchObject({ num_pending: 0, num_ack_pending: 0 }));

describe('a replica that is killed with -9', () => {
  it.each<[Death, boolean]>([
    ['after the commit', true],
    ['before the commit', false],
  ])('%s and before it tells the bus: its events take effect once', async (death, isCommitted) => {
    const events = newEvents(10);
    await service.publish(...events);
    const first = await startConsumer(service.world, death);
    expect(await first.ended).toBe('SIGKILL');
    expect((await effects()).length > 0).toBe(isCommitted);
    expect(await service.progress()).toMatchObject({ num_ack_pending: 10 });

    await startConsumer(service.world, 'never');
    await eventually(async () => expect(await effects()).toEqual(idsOf(events)));
    await settled();
    expect(await effects()).toEqual(idsOf(events));
  });

  it('again and again, while others share its work: every event takes effect once', async () => {
    const events = newEvents(400);
    await startConsumer(service.world, 'never');
    for (let round = 0; round < 8; round++) {
      const victim = await startConsumer(service.world, round % 2 === 0 ? 'after the commit' : 'before the commit');
      await service.publish(...events.slice(round * 50, (round + 1) * 50));
      // Whichever of the two was given something; if it was not the victim there is nothing to wait for.
      await eventually(async () => expect((await effects()).length).toBeGreaterThan(0));
      victim.kill();
      await victim.ended;
    }
    await eventually(async () => expect(await effects()).toEqual(idsOf(events)));
    await settled();
    expect(await effects()).toEqual(idsOf(events));
  });

  it('by the event that it handles: that event becomes a dead letter, and those beside it take effect once', async () => {
    const events = newEvents(20);
    const poison = events[10]!.id;
    await service.publish(...events);
    let deaths = 0;
    const isDead = async (): Promise<boolean> =>
      (await service.inbox()).some(({ event_id, state }) => event_id === poison && state === 'dead');
    for (let ended: NodeJS.Signals | null = null; !(await isDead()) && deaths <= 10; ended = null) {
      const replica = await startConsumer(service.world, 'of the poison', poison);
      void replica.ended.then((signal) => (ended = signal));
      await eventually(async () => expect(ended === 'SIGKILL' || (await isDead())).toBe(true));
      if (ended) deaths++;
    }
    expect(deaths).toBeLessThanOrEqual(10);
    expect(await effects()).toEqual(idsOf(events.filter(({ id }) => id !== poison)));
    expect((await service.inbox()).filter(({ state }) => state !== 'done')).toMatchObject([
      { event_id: poison, state: 'dead', attempts: 6, reason: 'its last attempt ended the process' },
    ]);
    await settled();
    expect(deaths).toBeGreaterThan(1);
  });
});

describe('a bus that is killed with -9', () => {
  it('and comes back: every event takes effect once, those published before and after', async () => {
    const events = newEvents(300);
    const replica = await service.run();
    await service.publish(...events.slice(0, 100));
    await eventually(async () => expect(await effects()).toHaveLength(100));
    await service.publish(...events.slice(100, 200));
    const { pid } = service.world.nats.process;
    service.world.nats.process.kill('SIGKILL');
    await eventually(() => expect(service.world.nats.process.pid).not.toBe(pid));
    await service.world.nats.process.ready();
    await eventually(() => service.publish(...events.slice(200)));
    await eventually(async () => expect(new Set(await effects())).toEqual(new Set(idsOf(events))));
    await settled();
    expect(await effects()).toEqual(idsOf(events));
    expect(replica.calls.length).toBeGreaterThan(1);
  });
});

describe('a Postgres that is away', () => {
  it('keeps events from being settled, and none is lost or takes effect twice when it comes back', async () => {
    const events = newEvents(200);
    await service.run();
    await service.publish(...events.slice(0, 100));
    await eventually(async () => expect(await effects()).toHaveLength(100));
    await settled();
    const { ack_floor } = await service.progress();

    await postgres.process.stop();
    await service.publish(...events.slice(100));
    // Long enough for the bus to have delivered each of them more than once.
    const since = performance.now();
    await eventually(async () => {
      expect(performance.now() - since).toBeGreaterThan(4 * ACK_WAIT_MS);
    });
    expect((await service.progress()).ack_floor).toEqual(ack_floor);

    await postgres.process.start();
    await eventually(async () => expect(await effects()).toEqual(idsOf(events)));
    await settled();
    expect(await effects()).toEqual(idsOf(events));
    expect((await service.inbox()).filter(({ state }) => state !== 'done')).toEqual([]);
  });

  it('does not use up the attempts of an event that waits', async () => {
    const [event] = newEvents(1) as [ReturnType<typeof newEvents>[0]];
    let isBroken = true;
    await service.run(
      {
        handle: async (tx) => {
          if (isBroken) throw new Error('not yet');
          await tx.query('insert into effects (event_id) values ($1)', [event.id]);
          return { kind: 'ack' };
        },
      },
      { retryDelaysMs: [1_000] },
    );
    await service.publish(event);
    await eventually(async () => expect(await service.inbox()).toMatchObject([{ state: 'retry', attempts: 1 }]));
    await postgres.process.stop();
    const since = performance.now();
    await eventually(() => expect(performance.now() - since).toBeGreaterThan(2_000));
    isBroken = false;
    await postgres.process.start();
    await eventually(async () => expect(await effects()).toEqual([event.id]));
  });
});
