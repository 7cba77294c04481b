import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { dataLayout } from './paths.js';
import type { Env } from './services.js';
import { codeOf, StackError } from './stack-error.js';

/**
 * Writes one file for each program, for an operator who wants to run one more replica of it. `node --env-file` and a shell's `.`
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

/** What a program of the stack that runs in that data directory was told; undefined if none runs. */
export function readEnvFile(dataDir: string, program: string): Env | undefined {
  try {
    return parseEnv(readFileSync(join(dataDir, dataLayout.env, `${program}.env`), 'utf8')) as Env;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
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
