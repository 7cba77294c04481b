import { it } from '@jest/globals';
import { provePausedStore } from './store-paused-proof.js';

it("30 seconds with the gateway's Postgres paused", async () => {
  process.stdout.write(`${JSON.stringify(await provePausedStore(30_000))} with the store paused for 30 s\n`);
}, 180_000);
