/**
 * `npm run demo -- …`: builds what changed, then runs the program in this process. Plain JavaScript, because it runs before the build.
 */
import { join } from 'node:path';
import { build } from '../../packages/local/bin/build.mjs';

const end = new AbortController();
const stop = () => end.abort();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
for (const name of signals) process.on(name, stop);
try {
  await build(join(import.meta.dirname, '../..'), end.signal, ['@nexivo/demo']);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
for (const name of signals) process.off(name, stop);
await import('../dist/main.js');
