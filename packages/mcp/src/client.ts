import { Nexivo } from '@nexivo/sdk';
import type { Caller } from './tool.js';

/** An assistant waits for its tools, and is told rather than kept waiting. */
const PATIENCE = { timeoutMs: 15_000, maxRetries: 3, maxWaitMs: 15_000 };

/**
 * Whoever has a token, with what it may do now.
 *
 * @throws UnauthorizedError for a token that is not valid
 */
export async function callerWith(baseUrl: string, token: string): Promise<Caller> {
  const client = new Nexivo({ baseUrl, token, ...PATIENCE });
  const { scopes } = await client.account.me();
  return { client, scopes };
}
