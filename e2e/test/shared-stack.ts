import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readBusSettings } from '@nexivo/admin/env';
import { repositoryRoot } from '@nexivo/local/paths';
import type { Env } from '@nexivo/local/services';
import { connectOperator } from '@nexivo/testing/api';
import { clientsOf, type RunningStack } from './running-stack.js';

/** A stack that one file of tests after another uses: each with accounts of its own, and none looks at its parts or harms them. */
export interface SharedStack extends Pick<RunningStack, 'origin' | 'operator' | 'client'> {
  baseUrl: string;
  /** Leaves it. It runs on, for the next file. */
  leave(): Promise<void>;
}

/** What the program tells of the stack that it runs. */
export interface SharedStackAddress {
  baseUrl: string;
  adminEnv: Env;
}

/** The stack of this run of the tests; the first who asks starts it, and it ends with the run. Webhooks may reach this machine. */
export async function shareStack(): Promise<SharedStack> {
  const directory = join(tmpdir(), `nexivo-e2e-shared-${process.pid}-${performance.timeOrigin}`);
  const addressFile = join(directory, 'address.json');
  if (!existsSync(addressFile)) await start(directory);
  const { baseUrl, adminEnv } = JSON.parse(readFileSync(addressFile, 'utf8')) as SharedStackAddress;
  const operator = await connectOperator(readBusSettings(adminEnv));
  const { origin } = new URL(baseUrl);
  return { baseUrl, origin, operator, client: clientsOf(origin, operator), leave: () => operator.close() };
}

/** Runs a program of its own, since what a file of tests starts ends with the file. It is up when it has written its address. */
async function start(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const program = fileURLToPath(import.meta.resolve('./shared-stack-process.ts'));
  const child = spawn(process.execPath, ['--import', './source-loader.mjs', program, directory], {
    cwd: repositoryRoot,
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the shared stack ended with ${code}`)));
  await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => undefined);
  child.unref();
  child.channel?.unref();
}
