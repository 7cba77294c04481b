import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

/**
 * Builds every workspace that changed. Quiet, unless it fails: then everything that was printed is the error's message.
 *
 * @param {string} root
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function build(root, signal) {
  const turbo = createRequire(import.meta.url).resolve('turbo/bin/turbo');
  const env = {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`,
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  };
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const args = [turbo, 'run', 'build', '--output-logs=errors-only', '--no-color'];
    // A group of its own, to end turbo together with the compilers it runs.
    const child = spawn(process.execPath, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    const stop = () => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM');
    signal.addEventListener('abort', stop);
    child.on('exit', () => signal.removeEventListener('abort', stop));
    child.on('error', reject);
    child.on('close', (code) => {
      if (signal.aborted) reject(new Error('the build was stopped', { cause: signal.reason }));
      else if (code === 0) resolve();
      else reject(new Error(`the build failed:\n${Buffer.concat(output).toString().trim()}`));
    });
  });
}
