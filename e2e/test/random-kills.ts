import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { Event } from '@nexivo/contracts/events';
import type { ManagedProcess } from '@nexivo/local/managed-process';
import type { Api } from '@nexivo/testing/api';
import { connectEventStream } from '@nexivo/testing/event-stream';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { expectWholeTruth } from './events-proof.js';
import { type RunningStack, runStack } from './running-stack.js';
import { startWrites, type Tally } from './write-load.js';

/** Once all are back, everything has to be published, in the feed and delivered within this time. */
const DRAINED_WITHIN_MS = 60_000;

/** What a proof has measured. */
export interface Measured {
  kills: Record<string, number>;
  statuses: Tally['statuses'];
  events: number;
  deliveries: number;
  /** From the last kill until everything was told and delivered. */
  drainedMs: number;
}

/**
 * Kills services and servers at random under a load of writes, with nobody but the stack's own supervision to bring them back.
 * Afterwards the stream tells every change that was answered, once and in order, the feed shows the same in the same order for each
 * object, and each event was received under its id.
 *
 * @param pausesMs between two kills, at least and at most
 */
export async function proveRandomKills(
  perSecond: number,
  durationMs: number,
  pausesMs: readonly [number, number],
): Promise<Measured> {
  const receiver = await startReceiver();
  const running = await runStack({ env: { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' } });
  const stream = await connectEventStream(running.stack.nats!.urlFor('candidates'));
  try {
    const api = await running.client();
    const { status } = await api.post('/webhooks', { url: receiver.url, events: ['*'] });
    expect(status).toBe(201);
    const load = startWrites(api, perSecond);
    const kills = await killAtRandom(processesOf(running), durationMs, pausesMs);
    const killedAt = performance.now();
    const { statuses, answered } = await load.stop();
    expect(Object.keys(statuses).filter((each) => ![0, 200, 201, 409, 503, 504].includes(Number(each)))).toEqual([]);
    const within = { withinMs: DRAINED_WITHIN_MS, everyMs: 500 };
    const events = await eventually(() => expectWholeTruth(stream, api, answered), within);
    const told = (await stream.read()).map(({ event }) => event);
    const feed = await eventually(() => expectFeedOf(told, api), within);
    const deliveries = await eventually(() => expectReceived(feed, receiver), within);
    return { kills, statuses, events, deliveries, drainedMs: Math.round(performance.now() - killedAt) };
  } finally {
    await running.stop();
    await stream.close();
    await receiver.stop();
  }
}

const processesOf = ({ stack }: RunningStack): ManagedProcess[] => [
  ...Object.values(stack.services),
  stack.nats!.process,
  stack.postgres!.process,
];

/** One after the other; each is back, ready, before the next is killed. */
async function killAtRandom(
  processes: readonly ManagedProcess[],
  durationMs: number,
  [least, most]: readonly [number, number],
): Promise<Record<string, number>> {
  const kills: Record<string, number> = Object.fromEntries(processes.map(({ name }) => [name, 0]));
  const endsAt = performance.now() + durationMs;
  // Each once, before the rest is left to chance.
  for (let turn = 0; turn < processes.length || performance.now() < endsAt; turn += 1) {
    await pause(least + Math.random() * (most - least));
    const victim = processes[turn < processes.length ? turn : Math.floor(Math.random() * processes.length)]!;
    const { pid } = victim;
    victim.kill('SIGKILL');
    kills[victim.name]! += 1;
    await eventually(() => expect(victim.pid).not.toBe(pid));
    await victim.ready();
  }
  return kills;
}

/** The feed from its beginning: exactly the events of the stream, those of an object in their order. */
async function expectFeedOf(told: readonly Event[], api: Api): Promise<Event[]> {
  const feed: Event[] = [];
  for (let path: string | undefined = '/events?per_page=100'; path !== undefined;) {
    const { status, body } = await api.get(path);
    expect(status).toBe(200);
    feed.push(...(body.data as Event[]));
    path = body.meta.has_more ? `/events?per_page=100&after=${body.meta.next_after}` : undefined;
  }
  expect(feed.map(({ id }) => id).toSorted()).toEqual(told.map(({ id }) => id).toSorted());
  const order = new Map(told.map(({ id }, n) => [id, n]));
  const last = new Map<string, Event>();
  const overtaken = feed.filter((event) => {
    const before = last.get(event.data.object.id);
    last.set(event.data.object.id, event);
    return before && order.get(before.id)! > order.get(event.id)!;
  });
  expect(overtaken.map((event) => `${event.data.object.id} has version ${event.resource_version} too late`)).toEqual(
    [],
  );
  return feed;
}

/** Deliveries come in any order and at least once. */
function expectReceived(feed: readonly Event[], receiver: Receiver): number {
  const ids = new Set(receiver.requests.map(({ headers }) => headers['webhook-id']));
  expect(feed.filter(({ id }) => !ids.has(id)).map(({ id }) => id)).toEqual([]);
  return receiver.requests.length;
}
