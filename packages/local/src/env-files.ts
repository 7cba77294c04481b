import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataLayout } from './paths.js';
import type { Env } from './services.js';
import { StackError } from './stack-error.js';

/**
 * Writes one file for each program, for an operator who wants to run one more copy of it. `node --env-file` and a shell's `.`
 * both read them: single quotes keep every character as it is in either.
 */
export function writeEnvFiles(dataDir: string, files: Record<string, Env>): void {
  const directory = join(dataDir, dataLayout.env);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  for (const [name, env] of Object.entries(files)) {
    const lines = Object.entries(env).map(([key, value]) => `${key}=${quote(key, value)}\n`);
    writeFileSync(join(directory, `${name}.env`), lines.join(''), { mode: 0o600 });
  }
}

/** Removes them: their ports and so their URLs end with the stack. */
export function removeEnvFiles(dataDir: string): void {
  rmSync(join(dataDir, dataLayout.env), { recursive: true, force: true });
}

function quote(key: string, value: string): string {
  if (/^[\w@%+=:,./-]*$/.test(value)) return value;
  if (/['\n]/.test(value)) throw new StackError(`${key} must not hold a quote or a line break`);
  return `'${value}'`;
}
