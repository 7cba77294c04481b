import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { freePort } from '@nexivo/local/free-port';
import { ManagedProcess } from '@nexivo/local/managed-process';
import { repositoryRoot } from '@nexivo/local/paths';
import { machineEnv } from '@nexivo/local/services';
import { type Stack, startStack } from '@nexivo/local/stack';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { otherPostgres } from './env.js';

/** A stack as `npm start` runs it, empty but for one account with a quota it cannot use up, and one candidate of it. */
export interface System {
  stack: Stack;
  origin: string;
  accountId: string;
  /** Of that account, with every scope. */
  token: string;
  candidateId: string;
  operator: Operator;
  stop(): Promise<void>;
}

/** @param env settings for its services, beside those that they have anyway */
export async function startSystem(env: Record<string, string> = {}): Promise<System> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-bench-'));
  const removeData = (): void => {
    removeOutsideDirectory(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  };
  // What is started again halfway through would spoil the figures silently.
  const stack = await startStack({ dataDir, env, autoRestart: false, postgresServer: otherPostgres() }).catch(
    (error: unknown) => {
      removeData();
      throw error;
    },
  );
  const operator = await connectOperator(stack.envOf('admin')['NATS_URL']!);
  const stop = async (): Promise<void> => {
    await operator.close();
    await stack.stop();
    removeData();
  };
  try {
    const { origin } = new URL(stack.baseUrl);
    const accountId = await operator.createAccount();
    const { token } = await operator.createToken(accountId);
    const { status, body } = await new Api(origin, token).post('/candidates', {
      first_name: 'Jane',
      last_name: 'Smith',
      email: 'jane@example.com',
      skills: ['TypeScript', 'C++'],
    });
    if (status !== 201) throw new Error(`no candidate: ${status} ${JSON.stringify(body)}`);
    return { stack, origin, accountId, token, candidateId: body.id, operator, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A server of the bench's own beside those of the stack. */
export interface Server {
  process: ManagedProcess;
  origin: string;
}

/** How to start one. */
export interface ServerOptions {
  name: string;
  /** Script and arguments, and options of Node before them. */
  args: string[];
  /** What it needs beside the port. */
  env: Record<string, string>;
  /** The variable that tells it the port. */
  portName?: 'PORT' | 'HEALTH_PORT';
}

/** Starts a server beside a stack, and waits until `/health/ready` answers. */
export async function startServer(
  stack: Stack,
  { name, args, env, portName = 'PORT' }: ServerOptions,
): Promise<Server> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const server = new ManagedProcess({
    name,
    command: process.execPath,
    args,
    env: { ...machineEnv(), ...env, HEALTH_PORT: '0', [portName]: String(port) },
    cwd: repositoryRoot,
    logFile: join(stack.dataDir, `logs/${name}.log`),
    lifeline: 'ipc',
    stopTimeoutMs: 15_000,
    autoRestart: false,
    ready: async () => {
      const { ok, status } = await fetch(`${origin}/health/ready`);
      if (!ok) throw new Error(`/health/ready answers ${status}`);
    },
  });
  await server.start();
  return { process: server, origin };
}

/** Starts one more gateway of a stack, in the environment of the stack's own. */
export const startGateway = (stack: Stack, name: string, args: string[]): Promise<Server> =>
  startServer(stack, { name, args, env: stack.envOf('gateway') });
