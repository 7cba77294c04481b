import { it, jest } from '@jest/globals';
import { scaled } from '@nexivo/testing/time';
import { proveConcurrentWriters, proveRelayKilled } from './publishing-proofs.js';

jest.setTimeout(scaled(600_000));

it('a relay killed 200 times between publish and mark', async () => {
  const proof = await proveRelayKilled(200, 120_000);
  process.stdout.write(`${JSON.stringify(proof)} with 200 kills and a window of 2 minutes\n`);
});

it('a relay killed 50 times between publish and mark, far beyond the de-duplication window', async () => {
  const proof = await proveRelayKilled(50, 100);
  process.stdout.write(`${JSON.stringify(proof)} with 50 kills and a window of 100 ms\n`);
});

it('20,000 events of 200 writers that commit out of order, with two relays', async () => {
  const proof = await proveConcurrentWriters(200, 20_000);
  process.stdout.write(`${JSON.stringify(proof)} with 200 writers\n`);
});
