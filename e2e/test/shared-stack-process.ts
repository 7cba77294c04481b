/** The program that runs the stack of `shared-stack.ts`, until the run of tests that started it is over. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { startStack } from '@nexivo/local/stack';
import { stackOptions } from './running-stack.js';
import type { SharedStackAddress } from './shared-stack.js';

const [directory] = process.argv.slice(2) as [string];
const dataDir = join(directory, 'data');
const aborted = new AbortController();
process.on('disconnect', () => aborted.abort());
const stack = await startStack({
  ...stackOptions(dataDir),
  env: { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' },
  signal: aborted.signal,
}).catch((error: unknown) => {
  rmSync(directory, { recursive: true, force: true });
  throw error;
});
const stop = async (): Promise<void> => {
  await stack.stop();
  removeOutsideDirectory(dataDir);
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
};
process.on('disconnect', () => void stop());
const address: SharedStackAddress = { baseUrl: stack.baseUrl, adminEnv: stack.envOf('admin') };
writeFileSync(join(directory, 'address.json'), JSON.stringify(address));
process.send?.('running');
if (aborted.signal.aborted) await stop();
