import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventSubject } from '@nexivo/contracts/events';
import { eventually } from '@nexivo/testing/poll';
import { ack, deadLetter, type EventHandler, type ReceivedEvent, retry } from '../src/consumer.js';
import {
  CONSUMER,
  type ConsumingWorld,
  failingFor,
  newEvent,
  newEvents,
  recordEffects,
  startConsumingWorld,
  subjectOf,
} from './consuming-world.js';

let service: ConsumingWorld;
beforeAll(async () => {
  service = await startConsumingWorld();
});
afterEach(() => service.reset());
afterAll(() => service.stop());

const idsOf = (events: readonly { id: string }[]): string[] => events.map(({ id }) => id);

/** Until the bus has nothing left for the consumer, neither to deliver nor to be told. */
const settled = (): Promise<void> =>
  eventually(async () => expect(await service.progress()).toMatchObject({ num_pending: 0, num_ack_pending: 0 }));

const effects = (expected: readonly string[]): Promise<void> =>
  eventually(async () => expect(await service.effects()).toEqual(expected));

describe('an event', () => {
  it('is handed over as it was published, with what the handler needs to act for its request', async () => {
    const event = newEvent({ summary: 'ä 😀' });
    const json = JSON.stringify({ ...event, member_of_a_later_version: true }, undefined, 1);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const replica = await service.run();
    await service.publishRaw(subjectOf(event), json, { 'Nexivo-Event-Version': '1', traceparent });
    await effects([event.id]);
    expect(replica.calls).toEqual([[{ event, json, traceparent }]]);
    await settled();
    expect(await service.inbox()).toEqual([
      { event_id: event.id, state: 'done', attempts: 0, reason: null, json: null },
    ]);
  });

  it('takes effect once, though the bus delivers it again beyond its de-duplication window', async () => {
    const events = newEvents(3);
    await service.run();
    await service.publish(...events);
    await effects(idsOf(events));
    const [first, second] = events as [(typeof events)[0], (typeof events)[0]];
    const last = newEvent();
    await service.publish(second, first, first, last);
    await effects([...idsOf(events), last.id]);
    await settled();
  });

  it('takes effect once, though it is in one batch twice', async () => {
    const [one, two] = newEvents(2) as [ReturnType<typeof newEvent>, ReturnType<typeof newEvent>];
    await service.publish(one, two, one);
    const replica = await service.run();
    await effects([one.id, two.id]);
    await settled();
    expect(replica.calls.flat()).toHaveLength(2);
  });

  it('comes in the order of the stream, in batches of at most the size wanted', async () => {
    const events = newEvents(250);
    await service.publish(...events);
    const replica = await service.run();
    await effects(idsOf(events));
    expect(Math.max(...replica.calls.map((context) => context.length))).toBeLessThanOrEqual(100);
    // Who takes them one at a time or all at once has misunderstood.
    expect(replica.calls.length).toBeLessThan(50);
  });

  it('tells the handler of its commit, and not of a rollback', async () => {
    let committed = 0;
    const [good, bad] = newEvents(2) as [ReturnType<typeof newEvent>, ReturnType<typeof newEvent>];
    await service.run(
      { ...failingFor(({ event }) => event.id === bad.id), committed: () => void committed++ },
      { retryDelaysMs: [] },
    );
    await service.publish(bad);
    await eventually(async () => expect(await service.inbox()).toMatchObject([{ event_id: bad.id, state: 'dead' }]));
    expect(committed).toBe(0);
    await service.publish(good);
    await effects([good.id]);
    await eventually(() => expect(committed).toBe(1));
  });
});

describe('an event that cannot be handled', () => {
  it('is tried again after each delay, then is a dead letter, and has no effect', async () => {
    const poison = newEvent();
    const at: number[] = [];
    await service.run(
      {
        handle: async (tx, events) => {
          at.push(performance.now());
          await recordEffects(tx, events);
          throw new Error('no\0way');
        },
      },
      { retryDelaysMs: [100, 200, 400] },
    );
    await service.publish(poison);
    await eventually(async () => expect(await service.inbox()).toMatchObject([{ state: 'dead' }]));
    expect(await service.inbox()).toEqual([
      { event_id: poison.id, state: 'dead', attempts: 4, reason: 'no\u{fffd}way', json: JSON.stringify(poison) },
    ]);
    const gaps = at.slice(1).map((time, index) => time - at[index]!);
    expect(gaps).toHaveLength(3);
    for (const [index, delayMs] of [100, 200, 400].entries()) {
      expect(gaps[index]).toBeGreaterThanOrEqual(0.8 * delayMs - 5);
    }
    expect(await service.effects()).toEqual([]);
    await settled();
  });

  it('takes effect once when a later attempt succeeds', async () => {
    const event = newEvent();
    let attempts = 0;
    await service.run({ ...failingFor(() => ++attempts < 3) }, { retryDelaysMs: [20, 20, 20, 20] });
    await service.publish(event);
    await effects([event.id]);
    await eventually(async () => expect(await service.inbox()).toMatchObject([{ state: 'done', json: null }]));
    expect(attempts).toBe(3);
  });

  it('does not keep the others of its batch from taking effect, in their order and once', async () => {
    const events = newEvents(100);
    const poison = events[50]!;
    await service.publish(...events);
    const replica = await service.run(
      failingFor(({ event }) => event.id === poison.id),
      { retryDelaysMs: [60_000] },
    );
    await effects(idsOf(events).filter((id) => id !== poison.id));
    await settled();
    expect((await service.inbox()).filter(({ state }) => state !== 'done')).toMatchObject([
      { event_id: poison.id, state: 'retry', attempts: 1, reason: `cannot handle ${poison.id}` },
    ]);
    expect(replica.calls.filter((context) => context.length === 1 && context[0]!.event.id === poison.id)).toHaveLength(
      1,
    );
  });

  it('delays the others by no more than its own handling: what came meanwhile is handled before it is tried again', async () => {
    const slow = newEvent();
    const handled: string[] = [];
    await service.run(
      {
        consumer: { ...CONSUMER, batchSize: 1 },
        handle: async (tx, events) => {
          await recordEffects(tx, events);
          const [{ event }] = events as [ReceivedEvent];
          handled.push(event.id === slow.id ? 'slow' : 'other');
          if (event.id !== slow.id) return ack();
          await service.publish(newEvent());
          await tx.query('select pg_sleep(0.3)');
          return retry('too slow');
        },
      },
      { retryDelaysMs: [200, 200, 200] },
    );
    await service.publish(slow);
    await eventually(async () =>
      expect((await service.inbox()).find(({ event_id }) => event_id === slow.id)).toMatchObject({ state: 'dead' }),
    );
    await settled();
    expect(handled).toEqual(['slow', 'other', 'slow', 'other', 'slow', 'other', 'slow', 'other']);
  });

  it('is a dead letter at once if the handler says so, with no effect', async () => {
    const event = newEvent();
    const replica = await service.run({
      handle: async (tx, events) => {
        await recordEffects(tx, events);
        return deadLetter('its account is closed');
      },
    });
    await service.publish(event);
    await settled();
    expect(await service.inbox()).toMatchObject([
      { state: 'dead', attempts: 1, reason: 'its account is closed', json: JSON.stringify(event) },
    ]);
    expect(await service.effects()).toEqual([]);
    expect(replica.calls).toHaveLength(1);
  });

  it('is not handled because it is delivered again while it waits or when it is dead', async () => {
    const [waiting, dead] = newEvents(2) as [ReturnType<typeof newEvent>, ReturnType<typeof newEvent>];
    const replica = await service.run(
      { handle: async (_, [first]) => (first!.event.id === dead.id ? deadLetter('no') : retry('later')) },
      { retryDelaysMs: [60_000] },
    );
    await service.publish(waiting);
    await settled();
    await service.publish(dead);
    await settled();
    await service.publish(waiting, dead, waiting);
    await settled();
    expect(replica.calls).toHaveLength(2);
  });
});

describe('a connection to the database that is lost', () => {
  /** Loses the connection in the calls of these numbers, from 1; fails otherwise in those that `fails` names. */
  const losingIn = (lost: readonly number[], failing: readonly number[] = []): Partial<EventHandler> => {
    let calls = 0;
    return {
      handle: async (tx, events) => {
        calls++;
        if (failing.includes(calls)) throw new Error('not yet');
        if (lost.includes(calls)) await tx.query('select pg_terminate_backend(pg_backend_pid())');
        await recordEffects(tx, events);
        return ack();
      },
    };
  };

  it("is nobody's failure: the events are handled again at once", async () => {
    const events = newEvents(3);
    await service.publish(...events);
    await service.run(losingIn([1, 2]), { retryDelaysMs: [60_000] });
    await effects(idsOf(events));
    await settled();
    expect((await service.inbox()).map(({ state, attempts }) => [state, attempts])).toEqual([
      ['done', 0],
      ['done', 0],
      ['done', 0],
    ]);
  });

  it('does not use up the last attempt of an event', async () => {
    const event = newEvent();
    await service.run(losingIn([2], [1]), { retryDelaysMs: [20] });
    await service.publish(event);
    await effects([event.id]);
    await eventually(async () => expect(await service.inbox()).toMatchObject([{ state: 'done', attempts: 2 }]));
  });

  it('that only a handler claims to have lost does not hold up other events', async () => {
    const [bad, good] = newEvents(2) as [ReturnType<typeof newEvent>, ReturnType<typeof newEvent>];
    await service.run(
      {
        handle: async (tx, events) => {
          await recordEffects(tx, events);
          if (!events.some(({ event }) => event.id === bad.id)) return ack();
          throw Object.assign(new Error('no mail server'), { code: 'ECONNREFUSED' });
        },
      },
      { retryDelaysMs: [60_000] },
    );
    await service.publish(bad, good);
    await effects([good.id]);
    await settled();
    expect((await service.inbox()).find(({ event_id }) => event_id === bad.id)).toMatchObject({
      state: 'retry',
      attempts: 1,
      reason: 'no mail server (ECONNREFUSED)',
    });
  });
});

describe('a message that is no event', () => {
  const event = newEvent();

  it('is a dead letter at once, whatever it holds, and the event behind it is handled', async () => {
    const messages: [payload: string | Uint8Array, reason: RegExp][] = [
      ['', /not JSON/],
      ['{', /not JSON/],
      ['x'.repeat(5_000_000), /not JSON/],
      [new Uint8Array([0xff, 0xfe, 0x00]), /not UTF-8/],
      [new Uint8Array(Buffer.from('{}', 'utf16le')), /not UTF-8/],
      ['null', /malformed/],
      ['{}', /malformed: id/],
      [JSON.stringify({ ...event, id: '1' }), /malformed: id/],
      [JSON.stringify({ ...event, type: 'job.created' }), /malformed: type/],
      [JSON.stringify({ ...event, data: { previous: null } }), /malformed: data.object/],
      [JSON.stringify({ ...event, data: newEvent().data }), /malformed: data.object.id: must be the id in its subject/],
    ];
    const replica = await service.run();
    const next = newEvents(messages.length);
    for (const [index, [payload, reason]] of messages.entries()) {
      const before = new Set((await service.inbox()).map(({ event_id }) => event_id));
      await service.publishRaw(subjectOf(event), payload);
      await service.publish(next[index]!);
      await effects(idsOf(next.slice(0, index + 1)));
      await settled();
      const [row, ...others] = (await service.inbox()).filter(
        ({ event_id, state }) => state !== 'done' && !before.has(event_id),
      );
      expect(others).toEqual([]);
      expect(row).toMatchObject({ state: 'dead', attempts: 1, reason: expect.stringMatching(reason) });
      expect(row!.json!.length).toBeGreaterThanOrEqual(payload.length);
    }
    expect(replica.calls).toHaveLength(messages.length);
  });

  it('that claims the id of an event does not keep that event from taking effect', async () => {
    await service.run();
    await service.publishRaw(eventSubject('candidate.updated', event.data.object.id), JSON.stringify(event));
    await settled();
    await service.publish(event);
    await effects([event.id]);
  });

  it('for this version of the service waits for one that can read it', async () => {
    const replica = await service.run({}, { retryDelaysMs: [60_000] });
    await service.publishRaw(subjectOf(event), JSON.stringify(event), { 'Nexivo-Event-Version': '2' });
    await settled();
    expect(await service.inbox()).toMatchObject([
      { state: 'retry', reason: expect.stringMatching(/version 1.*not 2/) },
    ]);
    expect(replica.calls).toEqual([]);
  });
});

describe('replicas of a service', () => {
  it('share the work, and each event takes effect in one of them', async () => {
    const replicas = [await service.run(), await service.run()];
    const events = newEvents(1_000);
    await service.publish(...events);
    await eventually(async () => expect(await service.effects()).toHaveLength(events.length));
    await settled();
    expect(new Set(await service.effects())).toEqual(new Set(idsOf(events)));
    for (const { calls } of replicas) expect(calls.flat().length).toBeGreaterThan(100);
  });

  it('that is stopped finishes what it handles and gives back the rest, which the other takes at once', async () => {
    const first = await service.run({
      consumer: { ...CONSUMER, batchSize: 5 },
      handle: async (tx, events) => {
        await recordEffects(tx, events);
        await tx.query('select pg_sleep(0.2)');
        return ack();
      },
    });
    const events = newEvents(300);
    await service.publish(...events);
    await eventually(() => expect(first.calls.length).toBeGreaterThan(0));
    const second = await service.run();
    await first.stop();
    expect(await service.effects()).toEqual(expect.arrayContaining(first.calls.flat().map(({ event }) => event.id)));
    await eventually(async () => expect(await service.effects()).toHaveLength(events.length));
    await settled();
    expect(new Set(await service.effects())).toEqual(new Set(idsOf(events)));
    expect(second.calls.flat().length).toBeGreaterThan(0);
  });
});
