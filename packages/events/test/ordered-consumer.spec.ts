import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Event } from '@nexivo/contracts/events';
import { eventually } from '@nexivo/testing/poll';
import { deliverToTheDead } from '@nexivo/testing/redelivery';
import { ack, type EventHandler, type ReceivedEvent } from '../src/consumer.js';
import { startConsumer, stopConsumers } from './consuming-process.js';
import {
  type ConsumingWorld,
  failingFor,
  IN_ORDER,
  newEvent,
  newEvents,
  recordEffects,
  startConsumingWorld,
} from './consuming-world.js';

let service: ConsumingWorld;
beforeAll(async () => {
  service = await startConsumingWorld();
});
afterEach(async () => {
  await stopConsumers();
  await service.reset();
});
afterAll(() => service.stop());

const idsOf = (events: readonly Event[]): string[] => events.map(({ id }) => id);
/** The bus's own wait of 15 s is no part of this. */
const effects = (expected: readonly string[]): Promise<void> =>
  eventually(async () => expect(await service.effects()).toEqual(expected));
const waiting = async (): Promise<string[]> =>
  (await service.inbox()).filter(({ state }) => state === 'retry').map(({ event_id }) => event_id);

/** Changes of one object, one after the other. */
function changesOf(id: string, count: number): Event[] {
  return Array.from({ length: count }, (_, version) => ({ ...newEvent({ id }), resource_version: version + 1 }));
}

const giveToTheDead = (count: number): Promise<void> =>
  deliverToTheDead(service.world.nats.urlFor('webhooks'), IN_ORDER.durable, count);

/** Like the handler of the product: what it knows by id has no second effect. */
const knowing: Partial<EventHandler> = {
  handle: async (tx, events) => {
    const known = await tx.query<{ event_id: string }[]>('select event_id from effects where event_id = any($1)', [
      events.map(({ event }) => event.id),
    ]);
    const ids = new Set(known.map(({ event_id }) => event_id));
    const isFirst = ({ event }: ReceivedEvent): boolean => !ids.has(event.id) && Boolean(ids.add(event.id));
    await recordEffects(tx, events.filter(isFirst));
    return ack();
  },
};
const run = (handler: Partial<EventHandler> = {}, options = {}) =>
  service.run({ consumer: IN_ORDER, ...handler }, options);

describe('a consumer that keeps the order', () => {
  it('has what a killed replica was given take effect once and before what came later, without waiting for the bus', async () => {
    const events = newEvents(250);
    await service.publish(...events.slice(0, 100));
    const victim = await startConsumer(service.world, 'after the commit', '', 'in order');
    expect(await victim.ended).toBe('SIGKILL');
    await service.publish(...events.slice(100, 200));
    await giveToTheDead(40);
    expect((await service.progress()).num_ack_pending).toBeGreaterThanOrEqual(140);
    await service.publish(...events.slice(200));
    await run();
    await effects(idsOf(events));
  });

  it('tells how many messages expired before it had them, once, and goes on with the next', async () => {
    const [first, next] = newEvents(2);
    await service.publish(first!);
    const before = await run();
    await effects([first!.id]);
    expect(before.counts.get('missed')).toBeUndefined();
    await before.stop();
    await service.publish(...newEvents(3));
    await service.expire();
    await service.publish(next!);
    const after = await run();
    await effects([first!.id, next!.id]);
    expect(after.counts.get('missed')).toBe(3);
  });

  it('has what another takes from it meanwhile, and does not settle, take effect before what comes later', async () => {
    const events = newEvents(300);
    await run();
    for (let next = 0; next < events.length; next += 50) {
      const taking = giveToTheDead(10);
      await service.publish(...events.slice(next, next + 50));
      await taking;
    }
    await effects(idsOf(events));
  });

  it('is one replica at a time, and another takes over where it was stopped', async () => {
    const [first, second] = [await run(), await run()];
    const events = newEvents(400);
    await service.publish(...events.slice(0, 200));
    await effects(idsOf(events.slice(0, 200)));
    const calls = [first.calls.length, second.calls.length];
    expect(Math.min(...calls)).toBe(0);
    await (calls[0] === 0 ? second : first).stop();
    await service.publish(...events.slice(200));
    await effects(idsOf(events));
  });

  it('stopped right after a commit, leaves nothing of it to be delivered again', async () => {
    const { num_ack_pending: before } = await service.progress();
    for (let round = 1; round <= 5; round++) {
      const events = newEvents(3);
      await service.publish(...events);
      const stopped = Promise.withResolvers<void>();
      const replica = await run({ committed: () => stopped.resolve(replica.stop()) });
      await stopped.promise;
      expect(await service.effects()).toHaveLength(3 * round);
      expect((await service.progress()).num_ack_pending).toBeLessThanOrEqual(before);
    }
  });

  it('remembers no event that has taken effect', async () => {
    const events = newEvents(120);
    await service.publish(...events);
    await run();
    await effects(idsOf(events));
    expect(await service.inbox()).toEqual([]);
    const places = await service.world.sql('webhooks', 'select * from consumer_places');
    expect(places).toHaveLength(1);
  });

  it('keeps it when the bus is killed, and with messages that the stream no longer has', async () => {
    const events = newEvents(300);
    await run(knowing);
    await service.publish(...events.slice(0, 100));
    await effects(idsOf(events.slice(0, 100)));
    await service.publish(...events.slice(100, 200));
    const { process: nats } = service.world.nats;
    const { pid } = nats;
    nats.kill('SIGKILL');
    await eventually(() => expect(nats.pid).not.toBe(pid));
    await nats.ready();
    // One whose answer is lost is published twice.
    for (const event of events.slice(200)) await eventually(() => service.publish(event));
    await eventually(async () => expect(await service.effects()).toHaveLength(300));
    const seen = await service.effects();
    expect(seen).toEqual(idsOf(events).filter((id) => seen.includes(id)));
  });

  it.each([
    ['of another stream', `stream_id = 'before', seq = 1000000`],
    ['that the stream has not reached, as one restored from an older copy', `seq = seq + 1000000`],
  ])('misses nothing though it remembers a place %s', async (_, change) => {
    const [before, after] = [newEvents(20), newEvents(20)];
    const first = await run(knowing);
    await service.publish(...before);
    await effects(idsOf(before));
    await first.stop();
    await service.world.sql('webhooks', `update consumer_places set ${change}`);
    await run(knowing);
    await service.publish(...after);
    // Of another stream it reads everything anew, what earlier tests have left there included.
    const all = idsOf([...before, ...after]);
    await eventually(async () => expect((await service.effects()).filter((id) => all.includes(id))).toEqual(all));
  });

  it('misses nothing though its database is back at an earlier state', async () => {
    const events = newEvents(40);
    const replica = await run(knowing);
    await service.publish(...events.slice(0, 20));
    await effects(idsOf(events.slice(0, 20)));
    await service.world.sql('webhooks', `update consumer_places set seq = seq - 15`);
    await service.world.sql('webhooks', `delete from effects where event_id = any($1)`, [idsOf(events.slice(5, 20))]);
    await service.publish(...events.slice(20));
    await effects(idsOf(events));
    await replica.stop();
  });
});

describe('an event that has to be tried again', () => {
  it('keeps those of its object behind it, in their order, and no others', async () => {
    const changes = changesOf(randomUUID(), 5);
    const [failing] = changes as [Event];
    const others = newEvents(3);
    let isBroken = true;
    await run(
      failingFor(({ event }) => isBroken && event.id === failing.id),
      { retryDelaysMs: [20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 60_000] },
    );
    await service.publish(changes[0]!, others[0]!, changes[1]!, others[1]!, changes[2]!);
    await eventually(async () => expect(await service.effects()).toEqual(idsOf(others.slice(0, 2))));
    await service.publish(changes[3]!, others[2]!, changes[4]!);
    await eventually(async () => expect(await service.effects()).toEqual(idsOf(others)));
    await eventually(async () => expect(await waiting()).toEqual(idsOf(changes).toSorted()));
    isBroken = false;
    await effects([...idsOf(others), ...idsOf(changes)]);
    expect(await service.inbox()).toEqual([]);
  });

  it('keeps them no longer once it is a dead letter', async () => {
    const changes = changesOf(randomUUID(), 3);
    const [failing] = changes as [Event];
    await run(
      failingFor(({ event }) => event.id === failing.id),
      { retryDelaysMs: [100, 100] },
    );
    await service.publish(...changes);
    await effects(idsOf(changes.slice(1)));
    expect(await service.inbox()).toMatchObject([{ event_id: failing.id, state: 'dead', attempts: 3 }]);
  });

  it('is handled alone where one replica after another has begun with it and not survived', async () => {
    const [before, events] = [newEvents(1), newEvents(20)];
    const first = await run();
    await service.publish(...before);
    await effects(idsOf(before));
    await first.stop();
    await service.publish(...events);
    await giveToTheDead(20);
    await service.world.sql('webhooks', `update consumer_places set takeovers = 3`);
    const next = await run();
    await effects(idsOf([...before, ...events]));
    expect(new Set(next.calls.map((call) => call.length))).toEqual(new Set([1]));
    expect(await service.inbox()).toEqual([]);
  });
});
