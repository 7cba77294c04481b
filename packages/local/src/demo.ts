import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataLayout, repositoryRoot } from './paths.js';
import { runProgram } from './run-program.js';
import { machineEnv, programArgs, type Programs } from './services.js';
import type { Stack } from './stack.js';
import { codeOf, StackError } from './stack-error.js';

/** An account to try the API with, and a token that may do everything in it. */
export interface Demo {
  accountId: string;
  token: string;
}

/** The demo account of a stack, made the first time as an operator would make one. */
export async function seedDemo(stack: Stack, programs: Programs, signal?: AbortSignal): Promise<Demo> {
  const file = join(stack.dataDir, dataLayout.demo);
  const known = readDemo(file);
  if (known) return known;

  const admin = async (...args: string[]): Promise<Record<string, unknown>> => {
    const env = { ...machineEnv(), ...stack.envOf('admin') };
    const options = { env, cwd: repositoryRoot, signal };
    const program = [...programArgs(programs, 'admin', 'main'), ...args, '--json'];
    const output = await runProgram(`admin ${args[0]}`, process.execPath, program, options);
    return JSON.parse(output) as Record<string, unknown>;
  };
  const account = await admin('accounts', 'create', '--name', 'Demo', '--plan', 'enterprise');
  const accountId = textOf(account, 'id');
  const token = await admin('tokens', 'create', '--account', accountId, '--scopes', 'all', '--name', 'demo');
  const demo = { accountId, token: textOf(token, 'token') };
  writeFileSync(`${file}.new`, `${JSON.stringify(demo, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return demo;
}

function readDemo(file: string): Demo | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Demo;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new StackError(`${file} is not readable as JSON; delete it to get another demo account`);
  }
}

function textOf(answer: Record<string, unknown>, member: string): string {
  const value = answer[member];
  if (typeof value !== 'string') throw new StackError(`the admin program printed no "${member}"`);
  return value;
}
