import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { provisionEvents } from '@nexivo/events/stream';
import { freePort } from '@nexivo/local/free-port';
import type { ManagedProcess } from '@nexivo/local/managed-process';
import { serviceProcess } from '@nexivo/local/services';
import { eventually } from '@nexivo/testing/poll';
import pg from 'pg';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { consumers } from '../src/consumers.js';
import { type DeliveryWorld, type Hook, startDeliveryWorld } from './delivery-world.js';
import { type Receiver, startReceiver, withStatus } from './receiver.js';

/** The service in a process of its own. */
let service: ManagedProcess;
let port: number;
let deliveries: DeliveryWorld;
let receiver: Receiver;
let logDir: string;

beforeAll(async () => {
  logDir = mkdtempSync(join(tmpdir(), 'nexivo-delivery-'));
  deliveries = await startDeliveryWorld();
  const { world } = deliveries;
  await provisionEvents({ NATS_URL: [world.nats.urlFor('migrate')] }, consumers);
  port = await freePort();
  service = serviceProcess('webhooks', {
    fromSources: true,
    env: {
      DATABASE_URL: world.urlOf('webhooks'),
      NATS_URL: world.nats.urlFor('webhooks'),
      LOG_LEVEL: 'error',
      HEALTH_PORT: String(port),
      WEBHOOK_SECRET_KEYS: deliveries.secretKeys,
      ALLOW_INSECURE_WEBHOOK_TARGETS: 'true',
    },
    port,
    logFile: join(logDir, 'webhooks.log'),
    autoRestart: false,
  });
});
afterEach(async () => {
  await service.stop();
  await receiver.stop();
  await deliveries.sql(`delete from deliveries`);
});
afterAll(async () => {
  await deliveries.stop();
  rmSync(logDir, { recursive: true, force: true });
});

async function killAndRestart(): Promise<void> {
  service.kill('SIGKILL');
  await eventually(() => expect(service.pid).toBeUndefined());
  await service.start();
}

/** Reads or sets how many files the service may have open. */
const limitFiles = (...options: string[]): Promise<{ stdout: string }> =>
  promisify(execFile)('prlimit', [`--pid=${service.pid}`, ...options]);

/** As if the time of all leases had passed. */
const endLeases = (): Promise<unknown> =>
  deliveries.sql(`update deliveries set lease_until = now() where lease_token is not null`);

const succeeded = (hook: Hook, count: number, withinMs = 30_000): Promise<void> =>
  eventually(
    async () => {
      const rows = await deliveries.deliveriesOf(hook);
      expect(rows.filter(({ status }) => status === 'succeeded')).toHaveLength(count);
    },
    { withinMs },
  );
const idsReceived = (): string[] => receiver.received.map(({ headers }) => String(headers['webhook-id']));

it('killed between the answer and its own commit, it delivers again with the same webhook-id, and only what was under way', async () => {
  receiver = await startReceiver(withStatus(200));
  const hook = await deliveries.hook(receiver.origin);
  const lock = new pg.Client({ connectionString: deliveries.world.urlOf('webhooks') });
  await lock.connect();
  await lock.query('begin; lock table attempts in exclusive mode');
  await service.start();
  const events = await deliveries.queue(hook, 30);
  await eventually(async () => {
    expect(receiver.received.length).toBe(8);
    const waiting = await deliveries.sql(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(waiting.length).toBeGreaterThan(0);
  });
  service.kill('SIGKILL');
  // What had reached Postgres already would be committed although nobody is there any more to hear of it.
  await deliveries.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'nexivo-webhooks-delivery' and datname = current_database()`,
  );
  await lock.end();
  const lost = idsReceived();
  expect(await deliveries.attemptsOf(hook)).toEqual([]);

  await eventually(() => expect(service.pid).toBeUndefined());
  await service.start();
  await endLeases();
  await succeeded(hook, 30);
  const received = idsReceived();
  expect(new Set(received)).toEqual(new Set(events));
  expect(received).toHaveLength(38);
  expect(received.slice(8)).toEqual(expect.arrayContaining(lost));
});

it('killed again and again under load, it loses nothing and repeats no more than was under way each time', async () => {
  receiver = await startReceiver((_, response) => {
    setTimeout(() => response.writeHead(200).end(), 20);
  });
  const hook = await deliveries.hook(receiver.origin);
  const events = await deliveries.queue(hook, 600);
  await service.start();
  for (let kills = 1; kills <= 3; kills++) {
    const before = receiver.received.length;
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(before + 40), { everyMs: 3 });
    await killAndRestart();
    await endLeases();
  }
  await succeeded(hook, 600, 40_000);
  const received = idsReceived();
  expect(new Set(received)).toEqual(new Set(events));
  expect(received.length - events.length).toBeLessThanOrEqual(3 * 8);
});

it('stopped in its tracks for longer than its lease, it cannot overwrite what another replica has done since', async () => {
  const answers: ((status: number) => void)[] = [];
  receiver = await startReceiver((_, response) => void answers.push((status) => response.writeHead(status).end()));
  const hook = await deliveries.hook(receiver.origin);
  await service.start();
  await deliveries.queue(hook);
  await eventually(() => expect(answers).toHaveLength(1));
  service.kill('SIGSTOP');
  try {
    await endLeases();
    const other = deliveries.replica();
    await eventually(() => expect(answers).toHaveLength(2));
    answers[1]!(204);
    await succeeded(hook, 1);
    await other.stop();
    answers[0]!(410);
  } finally {
    service.kill('SIGCONT');
  }
  await eventually(async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toMatch(/^nexivo_webhook_attempts_too_late_total\{service_name="webhooks"\} 1$/m);
  });
  await succeeded(hook, 1);
  expect(await deliveries.attemptsOf(hook)).toMatchObject([{ number: 1, status_code: 204 }]);
  expect(await deliveries.statusOf(hook)).toMatchObject({ status: 'enabled', version: 1 });
});

// Limits of another process can be set on Linux alone.
const onLinux = process.platform === 'linux' ? it : it.skip;

onLinux('without a file for another connection, it blames no endpoint, and goes on once it has some', async () => {
  receiver = await startReceiver(withStatus(200));
  const hook = await deliveries.hook(receiver.origin);
  await service.start();
  await deliveries.queue(hook, 1);
  await succeeded(hook, 1);
  const { stdout } = await limitFiles('--output=SOFT,HARD', '--noheadings', '--nofile');
  const [soft] = stdout.trim().split(/\s+/);
  // What it has open it keeps.
  await limitFiles('--nofile=3:');
  const other = await startReceiver(withStatus(200));
  const unreached = await deliveries.hook(other.origin);
  await deliveries.queue(unreached, 1);
  await eventually(() =>
    expect(readFileSync(join(logDir, 'webhooks.log'), 'utf8')).toContain('connecting to webhooks: failed; trying on'),
  );
  expect(await deliveries.attemptsOf(unreached)).toEqual([]);
  await limitFiles(`--nofile=${soft}:`);
  await succeeded(unreached, 1);
  expect(await deliveries.attemptsOf(unreached)).toMatchObject([{ number: 1, status_code: 200 }]);
  expect(await deliveries.statusOf(unreached)).toMatchObject({ status: 'enabled', version: 1 });
  await other.stop();
});

it('told to stop, it finishes what it began, leaves no lease behind and ends by itself', async () => {
  const answers: (() => void)[] = [];
  receiver = await startReceiver((_, response) => void answers.push(() => response.writeHead(200).end()));
  const hook = await deliveries.hook(receiver.origin);
  await deliveries.queue(hook, 40);
  await service.start();
  await eventually(() => expect(answers).toHaveLength(8));
  const stopped = service.stop();
  await eventually(async () => {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
    expect(await response.json()).toMatchObject({ status: 'stopping' });
  });
  for (const answer of answers) answer();
  await stopped;
  expect(receiver.received).toHaveLength(8);
  const rows = await deliveries.deliveriesOf(hook);
  expect(rows.filter(({ status }) => status === 'succeeded')).toHaveLength(8);
  expect(rows.filter(({ lease_token }) => lease_token !== null)).toEqual([]);
});
