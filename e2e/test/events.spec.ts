import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api } from '@nexivo/testing/api';
import { connectEventStream, type EventStream } from '@nexivo/testing/event-stream';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { expectWholeTruth } from './events-proof.js';
import { proveKills, proveNatsAway, proveStreamAway } from './events-under-faults.js';
import { becomesPlaced, place, submit } from './placements.js';
import { type RunningStack, runStack } from './running-stack.js';

describe('a submission that is placed', () => {
  let running: RunningStack;
  let stream: EventStream;
  let api: Api;

  beforeAll(async () => {
    running = await runStack({ autoRestart: false });
    stream = await connectEventStream(running.stack.nats!.urlFor('candidates'));
    api = await running.client();
  });
  afterAll(async () => {
    await running.stop();
    await stream.close();
  });

  it('makes its candidate placed within 5 s, every time, and says so in the name of the request that placed it', async () => {
    for (let round = 0; round < 10; round++) {
      const placement = await submit(api);
      const requestId = `placed-${round}`;
      await place(api, placement, requestId);
      await becomesPlaced(api, placement);
      await eventually(async () => {
        const caused = (await stream.read()).filter(({ event }) => event.request_id === requestId);
        expect(caused.map(({ event }) => event.type)).toEqual([
          'submission.stage_changed',
          'submission.placed',
          'candidate.updated',
        ]);
      });
    }
    await eventually(() => expectWholeTruth(stream, api, []));
  });

  it('makes its candidate placed also where it was so from the beginning', async () => {
    await becomesPlaced(api, await submit(api, 'placed'));
    await eventually(() => expectWholeTruth(stream, api, []));
  });

  // Killed while it has events in its hands: events.long.ts.
  it('makes its candidate placed within 5 s of the return of candidates, if that was killed', async () => {
    const { candidates } = running.stack.services;
    for (let round = 0; round < 3; round++) {
      const placement = await submit(api);
      candidates.kill('SIGKILL');
      await eventually(() => expect(candidates.pid).toBeUndefined());
      await place(api, placement);
      await candidates.start();
      await becomesPlaced(api, placement);
    }
    await eventually(() => expectWholeTruth(stream, api, []));
  });
});

// The same for longer: events.long.ts.
describe('under a steady load of writes nothing is lost, doubled or out of order, and all is published by itself', () => {
  it('when NATS is killed three times and Postgres once', async () => {
    const { statuses } = await proveKills(3_000);
    expect((statuses[200] ?? 0) + (statuses[201] ?? 0)).toBeGreaterThan(500);
  });

  it('when NATS is away for 10 s, in which the API refuses writes at once', async () => {
    const { slowestMs } = await proveNatsAway(10_000);
    expect(slowestMs).toBeLessThan(scaled(12_000));
  });

  it('when the stream takes nothing for 10 s, in which every write succeeds', async () => {
    await proveStreamAway(10_000);
  });
});
