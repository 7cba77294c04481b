import { it, jest } from '@jest/globals';
import { scaled } from '@nexivo/testing/time';
import { provePausedStore } from './store-paused-proof.js';

jest.setTimeout(scaled(180_000));

it("30 seconds with the gateway's Postgres paused", async () => {
  process.stdout.write(`${JSON.stringify(await provePausedStore(30_000))} with the store paused for 30 s\n`);
});
