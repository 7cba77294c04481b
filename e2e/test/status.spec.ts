import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DeadLetter } from '@nexivo/contracts/dead-letters';
import type { Endpoint } from '@nexivo/contracts/endpoints';
import type { Event } from '@nexivo/contracts/events';
import { SERVICES } from '@nexivo/contracts/status';
import { repositoryRoot } from '@nexivo/local/paths';
import { serviceNames } from '@nexivo/local/services';
import { connectEventStream } from '@nexivo/testing/event-stream';
import { eventually } from '@nexivo/testing/poll';
import { startReceiver } from '@nexivo/testing/receiver';
import { startReplica } from './replica.js';
import { type RunningStack, runStack } from './running-stack.js';

let running: RunningStack;

beforeAll(async () => {
  running = await runStack({ autoRestart: false, env: { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true', COMMIT: 'abc123' } });
});
afterAll(() => running.stop());

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

const admin = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const script = join(repositoryRoot, 'apps/admin/dist/main.js');
    const env = { PATH: process.env['PATH'] ?? '', NATS_URL: running.stack.envOf('admin')['NATS_URL']! };
    execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr });
    });
  });

async function adminJson<Printed>(...args: string[]): Promise<Printed> {
  const { code, stdout, stderr } = await admin(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Printed;
}

interface Status {
  is_well: boolean;
  services: {
    service: string;
    replicas: { instance: string; version: string; commit: string; parts: Record<string, string> }[];
    problems: string[];
  }[];
}

async function status(): Promise<{ code: number; answer: Status }> {
  const { code, stdout, stderr } = await admin('status', '--json');
  expect(stderr).toBe('');
  return { code, answer: JSON.parse(stdout) as Status };
}
const problemsOf = ({ services }: Status): string[] =>
  services.flatMap(({ service, problems }) => problems.map((problem) => `${service}: ${problem}`));

it('the services that are asked are those of the stack', () => {
  expect(SERVICES.toSorted()).toEqual(serviceNames.toSorted());
});

it('a stack that is well has logged no error', () => {
  const lines = serviceNames.flatMap((name) => {
    const log = readFileSync(join(running.stack.dataDir, `logs/${name}.log`), 'utf8');
    return log.trim().split('\n');
  });
  expect(lines.length).toBeGreaterThanOrEqual(serviceNames.length);
  expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});

it('every replica says how it is, and all is well', async () => {
  const other = await startReplica(running.stack, 'jobs');
  const { code, answer } = await eventually(async () => {
    const now = await status();
    expect(problemsOf(now.answer)).toEqual([]);
    // One that answers late is not heard of.
    expect(now.answer.services.flatMap(({ replicas }) => replicas)).toHaveLength(6);
    return now;
  });
  expect(code).toBe(0);
  expect(answer.services.map(({ service, replicas }) => [service, replicas.length])).toEqual([
    ['gateway', 1],
    ['candidates', 1],
    ['jobs', 2],
    ['submissions', 1],
    ['webhooks', 1],
  ]);
  const replicas = answer.services.flatMap(({ replicas: all }) => all);
  expect(new Set(replicas.map(({ instance }) => instance)).size).toBe(6);
  for (const replica of replicas) {
    expect(replica).toMatchObject({ commit: 'abc123', parts: { database: 'ok', bus: 'ok', clock: 'ok' } });
  }
  await eventually(async () => {
    const { stdout } = await admin('status');
    expect(stdout).toMatch(/^jobs .* ready .*disk \d+ % free$/m);
    expect(stdout).toMatch(/^outbox of candidates: 0$/m);
    expect(stdout).toMatch(/^webhooks-fan-out: 0 to come, 0 tried again, 0 dead$/m);
    expect(stdout).toMatch(/^late deliveries: 0 because of us, 0 because of endpoints$/m);
    expect(stdout).toMatch(/^All is well\.$/m);
  });
  await other.process.stop();
});

it('what is wrong is told, with 1: a service that is gone, and events that were given up', async () => {
  await running.stack.services.jobs.stop();
  await eventually(async () => {
    const { code, answer } = await status();
    expect({ code, problems: problemsOf(answer) }).toEqual({ code: 1, problems: ['jobs: no replica answers'] });
    expect((await admin('status')).stdout).toMatch(/^jobs: no replica answers$/m);
  });
  await running.stack.services.jobs.start();

  const stream = await connectEventStream(running.stack.nats!.urlFor('submissions'));
  const object = { id: '019ab2f3-0d64-7b08-b1c5-6e3a5f7c2d19', last_name: 'Smith' };
  const event = { id: 'evt_1', type: 'submission.placed', request_id: 'req-1', data: { object } };
  await stream.publish(event as unknown as Event);
  await stream.close();
  await eventually(async () => {
    expect(problemsOf((await status()).answer)).toEqual([
      'candidates: candidates-submission-placed: 1 dead letter',
      'webhooks: webhooks-fan-out: 1 dead letter',
    ]);
  });
});

it('a dead letter is shown without what it tells of people, and given up for good', async () => {
  const list = async (): Promise<string[]> =>
    (await adminJson<{ data: DeadLetter[] }>('events', 'dead-letters', 'list')).data.map(({ id }) => id);
  const ids = await list();
  expect(ids).toHaveLength(2);
  const shown = await adminJson<object>('events', 'dead-letters', 'show', ids[0]!);
  expect(shown).toMatchObject({
    id: ids[0],
    reason: expect.stringMatching(/^malformed/),
    bytes: expect.any(Number),
    event: { id: 'evt_1', type: 'submission.placed', request_id: 'req-1', account_id: null },
  });
  expect(JSON.stringify(shown)).not.toContain('Smith');
  expect((await admin('events', 'dead-letters', 'show', ids[0]!)).stdout).toMatch(/^request {6}req-1$/m);

  const unknown = await admin(
    'events',
    'dead-letters',
    'discard',
    ids[0]!,
    'candidates-submission-placed:evt_0',
    '--json',
  );
  expect([unknown.code, JSON.parse(unknown.stdout)]).toMatchObject([1, { error: { code: 'validation_failed' } }]);
  expect(await adminJson('events', 'dead-letters', 'discard', ...ids)).toEqual({ discarded: 2 });
  expect(await list()).toEqual([]);
  const gone = await admin('events', 'dead-letters', 'show', ids[0]!, '--json');
  expect([gone.code, JSON.parse(gone.stdout)]).toMatchObject([1, { error: { code: 'validation_failed' } }]);
});

it('an account is shown with what it has used of both quotas, and in the last days', async () => {
  const id = await running.operator.createAccount('professional', { perMinute: null, perDay: null });
  const api = await running.client({ accountId: id });
  for (let count = 0; count < 3; count++) await api.get('/jobs');
  const shown = await eventually(async () => {
    const now = await adminJson<{ days: { admitted: number }[] }>('accounts', 'show', id);
    expect(now.days.at(-1)!.admitted).toBe(3);
    return now;
  });
  expect(shown).toMatchObject({
    id,
    plan: 'professional',
    quotas: { minute: { limit: 60, used: 3 }, day: { limit: 10_000, used: 3 } },
  });
  expect(shown.days).toHaveLength(7);
  const { stdout } = await admin('accounts', 'show', id);
  expect(stdout).toMatch(/^used this minute {5}3 of 60, /m);
  expect(stdout).toMatch(/^\d{4}-\d\d-\d\d {2}3 requests, 0 refused$/m);

  const starter = await running.operator.createAccount('starter', { perMinute: null, perDay: null });
  expect(await adminJson('accounts', 'show', starter)).toMatchObject({ quotas: null });
  expect((await admin('accounts', 'show', starter)).stdout).toContain('no API access');
});

it('webhooks that fail or are slow are listed with whose they are, those that are well are not', async () => {
  const accountId = await running.operator.createAccount();
  const api = await running.client({ accountId });
  const receiver = await startReceiver();
  receiver.answer = async ({ path }) => {
    if (path === '/slow') await new Promise((resolve) => setTimeout(resolve, 2_500));
    // Not tried again while the test looks.
    return path === '/failing' ? { status: 500, headers: { 'retry-after': '3600' } } : { status: 200 };
  };
  const ids: Record<string, string> = {};
  for (const name of ['failing', 'slow', 'well']) {
    const { body } = await api.post('/webhooks', { url: `${receiver.url}/${name}`, events: ['*'] });
    ids[name] = body.id;
  }
  await api.post('/candidates', { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' });
  const listed = async (which: string): Promise<Endpoint[]> =>
    (await adminJson<{ data: Endpoint[] }>('webhooks', 'list', `--${which}`)).data;
  await eventually(async () => {
    const [failing] = await listed('failing');
    expect(failing).toMatchObject({ account_id: accountId, webhook_id: ids['failing'], failures: 1, pending: 1 });
    const [slow] = await listed('slow');
    expect(slow).toMatchObject({ account_id: accountId, webhook_id: ids['slow'], attempts: 1, failing_since: null });
    expect(slow!.latency_p95_ms).toBeGreaterThan(2_000);
  });
  expect([(await listed('failing')).length, (await listed('slow')).length]).toEqual([1, 1]);
  expect((await admin('webhooks', 'list', '--slow')).stdout).toMatch(
    `webhook ${ids['slow']} of account ${accountId}\n`,
  );
  expect((await admin('webhooks', 'list')).code).toBe(2);
  await receiver.stop();
});
