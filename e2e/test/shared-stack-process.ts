/** The program that runs the stack of `shared-stack.ts`, until the run of tests that started it is over. */
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { startStack } from '@nexivo/local/stack';
import { stackOptions } from './running-stack.js';
import type { SharedStackAddress } from './shared-stack.js';

const [directory] = process.argv.slice(2) as [string];
const dataDir = join(directory, 'data');
const over = new AbortController();
process.on('disconnect', () => over.abort());
try {
  const env = { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' };
  const stack = await startStack({ ...stackOptions(dataDir), env, signal: over.signal });
  const address: SharedStackAddress = { baseUrl: stack.baseUrl, adminEnv: stack.envOf('admin') };
  writeFileSync(join(directory, 'address.json'), JSON.stringify(address));
  process.send?.('running');
  if (!over.signal.aborted) await once(over.signal, 'abort');
  await stack.stop();
} finally {
  removeOutsideDirectory(dataDir);
  rmSync(directory, { recursive: true, force: true });
}
