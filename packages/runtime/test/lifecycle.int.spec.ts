import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Nats, type NatsUser, natsUsers, startNats } from '@nexivo/local/nats';
import { machineEnv, sourceLoader } from '@nexivo/local/services';
import { eventually } from '@nexivo/testing/poll';
import { BusClient } from '@nexivo/bus/client';
import { BusConnection } from '@nexivo/bus/connection';
import { createLogger } from '../src/logging.js';
import { tiny } from './tiny-service.js';

const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-lifecycle-'));
const context = { accountId: 'a', principal: { type: 'token', id: 'b' }, requestId: 'c' } as const;
let nats: Nats;
let connection: BusConnection;
let bus: BusClient;
let child: ChildProcess;

beforeAll(async () => {
  const passwords = Object.fromEntries(natsUsers.map((user) => [user, `test-${user}`])) as Record<NatsUser, string>;
  nats = await startNats({ dataDir, passwords });
  connection = await BusConnection.to({ NATS_URL: [nats.urlFor('gateway')] }, 'test', createLogger('test', 'silent'));
  bus = new BusClient(connection);
});
afterEach(() => void child.kill('SIGKILL'));
afterAll(async () => {
  await connection.onApplicationShutdown();
  await nats.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Started {
  output: () => string;
  errors: () => string;
  exited: Promise<unknown[]>;
}

/** Starts a service; it is there once it takes commands, and has not finished its start then. */
async function startSlowly(): Promise<Started> {
  const started = start();
  await Promise.race([once(child, 'message'), started.exited]);
  return started;
}

function start(...args: string[]): Started {
  const env = { ...machineEnv(), NATS_URL: nats.urlFor('jobs') };
  const program = fileURLToPath(new URL('slow-start.ts', import.meta.url));
  child = fork(program, args, { env, execArgv: sourceLoader, silent: true });
  let output = '';
  let errors = '';
  child.stdout!.on('data', (chunk) => (output += String(chunk)));
  child.stderr!.on('data', (chunk) => (errors += String(chunk)));
  return { output: () => output, errors: () => errors, exited: once(child, 'close') };
}

describe('a service', () => {
  it('that is told to stop while it starts answers what it has taken, and ends with 0', async () => {
    const { exited } = await startSlowly();
    const taken = bus.request(tiny.waitLong, null, context);
    // The bus brings messages in their order.
    await bus.request(tiny.echo, null, context);
    child.kill('SIGTERM');
    child.send('open');
    await expect(taken).resolves.toBe('done');
    expect(await exited).toEqual([0, null]);
  });

  it('that is started before its migrate step takes nothing, says so, and begins by itself after it', async () => {
    const { output } = start('before its migrate step');
    await eventually(() => expect(output()).toContain('waiting for the migrate step'));
    await expect(bus.request(tiny.echo, null, context)).rejects.toMatchObject({ code: 'service_unavailable' });
    const subscribed = once(child, 'message');
    child.send('migrate');
    await subscribed;
    await expect(bus.request(tiny.echo, null, context)).resolves.toBeNull();
    expect(output().split('waiting for the migrate step')).toHaveLength(2);
  });

  it('that is told to stop while it waits for its migrate step ends with 0', async () => {
    const { output, exited } = start('before its migrate step');
    await eventually(() => expect(output()).toContain('waiting for the migrate step'));
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  it('that throws what nobody catches says so in one line of its log, without what hangs on the error, and ends with 1', async () => {
    const { exited, output, errors } = await startSlowly();
    child.send('jane@example.com');
    expect(await exited).toEqual([1, null]);
    expect(errors()).not.toMatch(/nobody catches this|jane/);
    const lines = output().trim().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ level: 'fatal', err: { message: 'nobody catches this' } });
    expect(output()).not.toContain('jane');
  });
});
