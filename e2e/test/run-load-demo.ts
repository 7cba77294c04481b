import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { defaultAppsDir, machineEnv } from '@nexivo/local/services';
import type { Stack } from '@nexivo/local/stack';

/** How a program ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `admin load-demo` to its end. */
export const runLoadDemo = (stack: Stack, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const script = join(defaultAppsDir, 'admin/dist/main.js');
    const all = { ...machineEnv(), ...stack.envOf('admin'), ...env };
    execFile(process.execPath, [script, 'load-demo', ...args], { env: all }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr });
    });
  });
