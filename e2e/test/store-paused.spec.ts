import { it } from '@jest/globals';
import { provePausedStore } from './store-paused-proof.js';

// The same for 30 seconds: store-paused.long.ts.
it("while the gateway's Postgres is paused, known tokens have a local share, unknown ones 503, and all is counted later", async () => {
  await provePausedStore(5_000);
});
