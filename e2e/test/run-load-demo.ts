import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '@nexivo/local/paths';
import { machineEnv } from '@nexivo/local/services';
import type { Stack } from '@nexivo/local/stack';

/** How a program ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `npm run demo -- load` to its end, for that stack unless the environment names another. */
export const runLoadDemo = (stack: Stack, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const script = join(repositoryRoot, 'demo/dist/main.js');
    const all = { ...machineEnv(), DATA_DIR: stack.dataDir, ...env };
    execFile(process.execPath, [script, 'load', ...args], { env: all }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr });
    });
  });
