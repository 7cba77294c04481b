import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBusSettings } from '@nexivo/admin/env';
import type { TokenScope } from '@nexivo/contracts/accounts';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { type Stack, type StackOptions, startStack } from '@nexivo/local/stack';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';

/** A whole stack of real processes, as `npm start` runs it, with a data directory of its own. */
export interface RunningStack {
  stack: Stack;
  origin: string;
  operator: Operator;
  /** A client with a token of that account; of a new one unless told. */
  client(options?: { accountId?: string; scopes?: readonly TokenScope[] }): Promise<Api>;
  stop(): Promise<void>;
}

/** How every stack of these tests is started. */
export const stackOptions = (dataDir: string) => ({ dataDir, port: 0, postgresSettings: { fsync: 'off' } });

/** Makes clients of the API at that address. */
export const clientsOf =
  (origin: string, operator: Operator): RunningStack['client'] =>
  async ({ accountId, scopes } = {}) => {
    const { token } = await operator.createToken(accountId ?? (await operator.createAccount()), scopes);
    return new Api(origin, token);
  };

/** Starts a stack for tests that look into it, set it up in their own way or harm it; others take `shareStack`. */
export async function runStack(options: Partial<StackOptions> = {}): Promise<RunningStack> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-e2e-'));
  const stack = await startStack({ ...stackOptions(dataDir), ...options });
  const operator = await connectOperator(readBusSettings(stack.envOf('admin')));
  const { origin } = new URL(stack.baseUrl);
  return {
    stack,
    origin,
    operator,
    client: clientsOf(origin, operator),
    stop: async () => {
      await operator.close();
      await stack.stop();
      removeOutsideDirectory(dataDir);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
