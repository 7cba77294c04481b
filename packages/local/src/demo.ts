import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataLayout, repositoryRoot } from './paths.js';
import { runProgram } from './run-program.js';
import { machineEnv, programArgs, type Programs } from './services.js';
import type { Stack } from './stack.js';
import { codeOf, StackError } from './stack-error.js';
import { waitFor } from './wait.js';

/** An account to try the API with, a token that may do everything in it, and somebody who owns it. */
export interface Demo {
  accountId: string;
  token: string;
  owner: { email: string; password: string };
}

/** What an earlier release has kept. */
type KnownDemo = Omit<Demo, 'owner'> & Partial<Pick<Demo, 'owner'>>;

/** The demo account of a stack, made the first time as an operator would make one. */
export async function seedDemo(stack: Stack, programs: Programs, signal?: AbortSignal): Promise<Demo> {
  const file = join(stack.dataDir, dataLayout.demo);
  const known = readDemo(file);
  if (known?.owner) return { ...known, owner: known.owner };

  const admin = async (...args: string[]): Promise<Record<string, unknown>> => {
    const env = { ...machineEnv(), ...stack.envOf('admin') };
    const options = { env, cwd: repositoryRoot, signal };
    const program = [...programArgs(programs, 'admin', 'main'), ...args, '--json'];
    const output = await runProgram(`admin ${args[0]}`, process.execPath, program, options).catch(unlessDelayed);
    return JSON.parse(output) as Record<string, unknown>;
  };
  const patience = { timeoutMs: TRY_FOR_MS, signal };
  const { accountId, token } = known ?? (await waitFor('the demo account', () => createAccount(admin), patience));
  const newOwner = (): Promise<Demo['owner']> => createOwner(admin, stack.baseUrl, accountId, signal);
  const demo = { accountId, token, owner: await waitFor('the owner of the demo account', newOwner, patience) };
  writeFileSync(`${file}.new`, `${JSON.stringify(demo, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return demo;
}

/** For how long a stack that does not answer in time is asked again, as on a machine that is busy with other things. */
const TRY_FOR_MS = 60_000;

/** @throws a StackError, which is final, unless the stack has only not answered in time */
function unlessDelayed(error: Error): never {
  const isDelayed = /"code":"(service_timeout|service_unavailable|bus_unreachable)"/.test(error.message);
  throw isDelayed ? new Error(error.message) : error;
}

type Admin = (...args: string[]) => Promise<Record<string, unknown>>;

async function createAccount(admin: Admin): Promise<Omit<Demo, 'owner'>> {
  const account = await admin('accounts', 'create', '--name', 'Demo', '--plan', 'enterprise');
  const accountId = textOf(account, 'id');
  const token = await admin('tokens', 'create', '--account', accountId, '--scopes', 'all', '--name', 'demo');
  return { accountId, token: textOf(token, 'token') };
}

/** Joins the account by a link, as its first owner would. His address is a new one each time: people outlive a data directory, and tries. */
async function createOwner(
  admin: Admin,
  baseUrl: string,
  accountId: string,
  signal: AbortSignal | undefined,
): Promise<Demo['owner']> {
  const email = `owner-${randomBytes(3).toString('hex')}@demo.example`;
  const password = randomBytes(12).toString('base64url');
  const link = await admin('users', 'invite', '--account', accountId, '--email', email, '--role', 'owner');
  const secret = new URL(textOf(link, 'url')).hash.slice(1);
  const response = await fetch(`${baseUrl}/invitations/accept`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ secret, password, name: 'Demo owner' }),
    signal: signal ?? null,
  });
  const answer = await response.text();
  if (response.status >= 500) throw new Error(answer);
  if (!response.ok) throw new StackError(`the demo's owner could not join: ${response.status} ${answer}`);
  return { email, password };
}

function readDemo(file: string): KnownDemo | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as KnownDemo;
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
