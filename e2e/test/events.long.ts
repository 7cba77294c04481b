import { expect, it, jest } from '@jest/globals';
import { connectEventStream } from '@nexivo/testing/event-stream';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { expectWholeTruth } from './events-proof.js';
import { type Measured, proveKills, proveNatsAway, proveStreamAway } from './events-under-faults.js';
import { becomesPlaced, place, submit } from './placements.js';
import { runStack } from './running-stack.js';

jest.setTimeout(scaled(900_000));

const report = (what: string, measured: Measured): void => {
  process.stdout.write(`${JSON.stringify(measured)} ${what}\n`);
};

it('NATS killed three times and Postgres once, a minute of writes between each', async () => {
  report('with NATS killed three times and Postgres once', await proveKills(60_000));
});

it('10 minutes of writes without NATS', async () => {
  report('without NATS for 10 minutes', await proveNatsAway(600_000));
});

it('10 minutes of writes of which the stream takes no event', async () => {
  report('with a stream that took nothing for 10 minutes', await proveStreamAway(600_000));
});

it('candidates killed with placements in its hands, three times: each takes effect once all the same', async () => {
  const running = await runStack({ autoRestart: false });
  const stream = await connectEventStream(running.stack.nats!.urlFor('candidates'));
  try {
    const api = await running.client();
    const { candidates } = running.stack.services;
    let held = 0;
    for (let round = 0; round < 3; round++) {
      const placements = await Promise.all(Array.from({ length: 30 }, () => submit(api)));
      // It has asked for events, and is given them, but does nothing with them any more.
      candidates.kill('SIGSTOP');
      for (const placement of placements) await place(api, placement);
      const heldNow = await stream.heldBy('candidates-submission-placed');
      held += heldNow;
      candidates.kill('SIGKILL');
      await eventually(() => expect(candidates.pid).toBeUndefined());
      await candidates.start();
      const startedAt = performance.now();
      // What was in the hands of the one that was killed is delivered again when its time to settle it is over: 15 s.
      for (const placement of placements) await becomesPlaced(api, placement, 75_000);
      const ms = Math.round(performance.now() - startedAt);
      process.stdout.write(
        `${ms} ms after the restart of candidates all are placed, ${heldNow} of which it had held\n`,
      );
      await eventually(() => expectWholeTruth(stream, api, []));
    }
    expect(held).toBeGreaterThan(0);
  } finally {
    await running.stop();
    await stream.close();
  }
});
