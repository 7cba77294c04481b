import { setImmediate as turn } from 'node:timers/promises';
import type { Plan, TokenScope } from '@nexivo/contracts/accounts';
import { accounts, TOKEN_SCOPES, tokens } from '@nexivo/contracts/accounts';
import type { InputOf } from '@nexivo/contracts/command';
import { BASE_PATH } from '@nexivo/contracts/route';
import { BusClient } from '@nexivo/bus/client';
import type { RequestContext } from '@nexivo/bus/context';
import { BusConnection } from '@nexivo/bus/connection';
import type { BusSettings } from '@nexivo/bus/settings';
import { createLogger } from '@nexivo/runtime/logging';
import { randomUUID } from 'node:crypto';

/** What came back from the API. */
export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed JSON, or the text when it is none. */
  body: any; // oxlint-disable-line typescript/no-explicit-any -- tests look into whatever came back
}

/** Speaks to the API as a client would: over HTTP, with one token. */
export class Api {
  constructor(
    readonly origin: string,
    readonly token: string | undefined,
  ) {}

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  post(path: string, body?: unknown): Promise<Answer> {
    return this.send('POST', path, body);
  }

  patch(path: string, body: unknown): Promise<Answer> {
    return this.send('PATCH', path, body);
  }

  delete(path: string): Promise<Answer> {
    return this.send('DELETE', path);
  }

  /** @param path below the base path */
  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    // A test that ran a program and waited has not seen yet which connections were closed meanwhile: a turn of the event loop shows it.
    await turn();
    await turn();
    const response = await fetch(this.origin + BASE_PATH + path, {
      method,
      headers: {
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parse(text) };
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const PLENTY = 1_000_000_000;

/** An operator at a running stack. */
export interface Operator {
  /** For commands that have no method here. */
  bus: BusClient;
  context: RequestContext;
  /** Without quotas of its own it has more than any test can use. */
  createAccount(plan?: Plan, quotas?: { perMinute?: number | null; perDay?: number | null }): Promise<string>;
  updateAccount(id: string, changes: Omit<InputOf<typeof accounts.update>, 'id'>): Promise<void>;
  createToken(
    accountId: string,
    scopes?: readonly TokenScope[],
    expiresAt?: string | null,
  ): Promise<{ id: string; token: string }>;
  revokeToken(id: string): Promise<void>;
  close(): Promise<void>;
}

/** @param bus its URL, or all that there is to tell of it, with the rights of the `admin` user */
export async function connectOperator(bus: string | BusSettings): Promise<Operator> {
  const settings = typeof bus === 'string' ? { NATS_URL: [bus] } : bus;
  const connection = await BusConnection.to(settings, 'test-operator', createLogger('test', 'fatal'));
  const client = new BusClient(connection);
  const context: RequestContext = {
    accountId: '',
    principal: { type: 'operator', id: 'test' },
    requestId: randomUUID(),
  };
  return {
    bus: client,
    context,
    createAccount: async (plan = 'enterprise', { perMinute = PLENTY, perDay = PLENTY } = {}) => {
      const { id } = await client.request(accounts.create, { name: 'Test', plan }, context);
      await client.request(accounts.update, { id, requests_per_minute: perMinute, requests_per_day: perDay }, context);
      return id;
    },
    updateAccount: async (id, changes) => {
      await client.request(accounts.update, { id, ...changes }, context);
    },
    createToken: (accountId, scopes = TOKEN_SCOPES, expiresAt = null) =>
      client.request(
        tokens.create,
        { account_id: accountId, name: 'test', scopes: [...scopes], expires_at: expiresAt },
        context,
      ),
    revokeToken: async (id) => {
      await client.request(tokens.revoke, { id }, context);
    },
    close: () => connection.onApplicationShutdown(),
  };
}
