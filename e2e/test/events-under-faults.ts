import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { connectEventStream, type EventStream } from '@nexivo/testing/event-stream';
import { eventually } from '@nexivo/testing/poll';
import { expectWholeTruth } from './events-proof.js';
import { fillStream } from '@nexivo/testing/full-stream';
import { type RunningStack, runStack } from './running-stack.js';
import { startWrites, type Tally, type WriteLoad } from './write-load.js';

/** Within which time everything has to be published once the fault is over and the writes have ended. */
const DRAINED_WITHIN_MS = 60_000;

/** Done, a second submission of the same candidate to the same job, or not now. */
const EXPECTED_STATUSES = [200, 201, 409, 503, 504];

/** What a proof has measured. */
export interface Measured {
  statuses: Tally['statuses'];
  slowestMs: number;
  events: number;
  /** From the end of the load to the last event. */
  drainedMs: number;
}

/** A stack under a steady load of writes. */
interface Loaded {
  running: RunningStack;
  stream: EventStream;
  load: WriteLoad;
}

/**
 * Breaks something under load, and checks that afterwards the stream tells all that the API shows and has answered, each change
 * once and in order, without anybody having done anything about it or a service having been started anew.
 */
async function proveNothingLost(perSecond: number, trouble: (loaded: Loaded) => Promise<void>): Promise<Measured> {
  const running = await runStack();
  const stream = await connectEventStream(running.stack.nats!.urlFor('candidates'));
  let load: WriteLoad | undefined;
  try {
    const api = await running.client();
    const pids = pidsOf(running);
    load = startWrites(api, perSecond);
    await trouble({ running, stream, load });
    const { statuses, slowestMs, answered } = await load.stop();
    expect(Object.keys(statuses).filter((status) => !EXPECTED_STATUSES.includes(Number(status)))).toEqual([]);
    expect(pidsOf(running)).toEqual(pids);
    const endedAt = performance.now();
    const events = await eventually(() => expectWholeTruth(stream, api, answered), {
      withinMs: DRAINED_WITHIN_MS,
      everyMs: 250,
    });
    return {
      statuses,
      slowestMs: Math.round(slowestMs),
      events,
      drainedMs: Math.round(performance.now() - endedAt),
    };
  } finally {
    await load?.stop();
    await running.stop();
    await stream.close();
  }
}

/** Of the services, none of which may end for what befalls the servers. */
const pidsOf = ({ stack }: RunningStack): (number | undefined)[] => Object.values(stack.services).map(({ pid }) => pid);

/** Kills NATS three times and Postgres once; both come back as `npm start` brings them back. */
export const proveKills = (betweenMs: number): Promise<Measured> =>
  proveNothingLost(100, async ({ running, load }) => {
    for (const server of ['nats', 'nats', 'postgres', 'nats'] as const) {
      await pause(betweenMs);
      const { process } = running.stack[server]!;
      const { pid } = process;
      process.kill('SIGKILL');
      await eventually(() => expect(process.pid).not.toBe(pid));
      await process.ready();
      await writesSucceed(load);
    }
    await pause(betweenMs);
  });

/** NATS is not there at all: what the gateway cannot ask for it refuses. */
export const proveNatsAway = (awayMs: number): Promise<Measured> =>
  proveNothingLost(50, async ({ running, load }) => {
    await writesSucceed(load);
    const { process } = running.stack.nats!;
    await process.stop();
    const before = load.tally().statuses;
    await pause(awayMs);
    const meanwhile = load.tally().statuses;
    expect(meanwhile[503]! - (before[503] ?? 0)).toBeGreaterThan((awayMs / 1_000) * 25);
    await process.start();
    await writesSucceed(load);
  });

/** The stream takes nothing while all else works: the outbox takes what the API answers. */
export const proveStreamAway = (awayMs: number): Promise<Measured> =>
  proveNothingLost(50, async ({ running, stream, load }) => {
    await writesSucceed(load);
    const release = await fillStream(running.stack.nats!.urlFor('migrate'));
    try {
      const stored = await stream.read();
      const before = load.tally();
      await pause(awayMs);
      const after = load.tally();
      expect(Object.keys(after.statuses).filter((status) => !['200', '201', '409'].includes(status))).toEqual([]);
      expect(after.answered.length - before.answered.length).toBeGreaterThan((awayMs / 1_000) * 40);
      expect(await stream.read()).toHaveLength(stored.length);
    } finally {
      await release();
    }
  });

/** Until some more writes have succeeded. */
async function writesSucceed(load: WriteLoad, atLeast = 20): Promise<void> {
  const before = load.tally().answered.length;
  await eventually(() => expect(load.tally().answered.length).toBeGreaterThan(before + atLeast), { withinMs: 60_000 });
}
