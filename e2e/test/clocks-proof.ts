import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { Candidate } from '@nexivo/contracts/candidates';
import { BASE_PATH } from '@nexivo/contracts/route';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { startPostgres } from '@nexivo/local/postgres';
import { Api } from '@nexivo/testing/api';
import { expireStream } from '@nexivo/testing/stream-admin';
import { eventually } from '@nexivo/testing/poll';
import { type ReceivedRequest, type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { type FakeClock, newFakeClock } from './fake-clock.js';
import { startReplica } from './replica.js';
import { type RunningStack, runStack } from './running-stack.js';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ENV = { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' };
const JANE = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' };

/** A stack whose database goes by a clock of its own. */
export interface ClockWorld {
  running: RunningStack;
  database: FakeClock;
  /** Of all services of the stack. */
  services: FakeClock;
  receiver: Receiver;
  stop(): Promise<void>;
}

export async function startClockWorld(): Promise<ClockWorld> {
  const started = new AsyncDisposableStack();
  const [database, services] = [newFakeClock(), newFakeClock()];
  started.defer(() => {
    database.remove();
    services.remove();
  });
  const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-clock-postgres-'));
  started.defer(() => {
    removeOutsideDirectory(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  });
  const postgres = await startPostgres({ dataDir, settings: { fsync: 'off' }, env: database.env });
  started.defer(() => postgres.stop());
  const running = await runStack({ databaseUrl: postgres.url, autoRestart: false, env: { ...ENV, ...services.env } });
  started.defer(() => running.stop());
  const receiver = await startReceiver();
  started.defer(() => receiver.stop());
  return { running, database, services, receiver, stop: () => started.disposeAsync() };
}

/** A copy that is kept by one of the two recipes. */
interface Copy {
  rows: Map<string, Candidate>;
  /** Times of a row that were not later than those before. */
  wentBack: number;
  readOn(): Promise<void>;
}

function copyBy(api: Api, recipe: 'updated_after' | 'cursor'): Copy {
  let since = '2020-01-01T00:00:00.000Z';
  let last = LIST;
  const copy: Copy = {
    rows: new Map(),
    wentBack: 0,
    readOn: async () => {
      for (let path: string | undefined = recipe === 'cursor' ? last : pathSince(since); path !== undefined;) {
        const { status, body } = await api.get(path);
        expect(status).toBe(200);
        for (const row of body.data as Candidate[]) {
          const before = copy.rows.get(row.id);
          if (before && row.updated_at < before.updated_at) copy.wentBack++;
          copy.rows.set(row.id, row);
          since = row.updated_at;
        }
        const next = pathOf(body.links.next as string | null);
        // The page is read again until another follows it.
        last = next ?? path;
        path = next;
      }
    },
  };
  return copy;
}

/** By cursor: a row that moves to the end while the list is read would shift what is on pages with numbers. */
const LIST = '/candidates?cursor=&sort=updated_at&per_page=20';
const pathSince = (since: string): string => `${LIST}&updated_after=${since}`;
const pathOf = (link: string | null): string | undefined =>
  link === null ? undefined : link.slice(link.indexOf(BASE_PATH) + BASE_PATH.length);

/**
 * Copies are kept while candidates are changed and the database's clock is set back and ahead.
 *
 * @returns how many changes there were, and how many of the rows each copy has otherwise than they are
 */
export async function proveCopies(
  { running, database }: ClockWorld,
  changes: number,
): Promise<{ changes: number; missed: Record<string, number>; wentBack: number }> {
  const api = await running.client();
  const copies = { updated_after: copyBy(api, 'updated_after'), cursor: copyBy(api, 'cursor') };
  const writing = { isOver: false };
  const reading = (async () => {
    while (!writing.isOver) for (const copy of Object.values(copies)) await copy.readOn();
  })();
  const steps = [0, -2 * SECOND_MS, 0, -HOUR_MS, 0, HOUR_MS, 0];
  const ids: string[] = [];
  try {
    for (const step of steps) {
      database.set(step);
      for (let change = 0; change < changes / steps.length; change++) {
        ids.push((await api.post('/candidates', JANE)).body.id as string);
        const id = ids[Math.floor(ids.length / 2)]!;
        expect((await api.patch(`/candidates/${id}`, { city: `${step} ${change}` })).status).toBe(200);
      }
    }
  } finally {
    writing.isOver = true;
    await reading;
    database.set(0);
  }
  // What was written last is there at once, though the clock is behind it.
  for (const copy of Object.values(copies)) await copy.readOn();
  const actual = await Promise.all(ids.map(async (id) => (await api.get(`/candidates/${id}`)).body as Candidate));
  const missed = Object.entries(copies).map(([recipe, { rows }]) => [
    recipe,
    actual.filter((row) => rows.get(row.id)?.updated_at !== row.updated_at).length,
  ]);
  return {
    changes: 2 * ids.length,
    missed: Object.fromEntries(missed) as Record<string, number>,
    wentBack: Object.values(copies).reduce((sum, { wentBack }) => sum + wentBack, 0),
  };
}

/** Whether a receiver whose clock is right takes it: the signature's time is at most five minutes off. */
const isTimely = ({ headers }: ReceivedRequest): boolean =>
  Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1_000) <= 300;

/**
 * Two gateways, two candidates and two webhooks services, of which one each is ten minutes ahead and the other ten minutes behind, and a
 * database whose clock is set by two seconds again and again, and once by a day for a moment.
 */
export async function proveReplicas(
  { running, database, services, receiver }: ClockWorld,
  events: number,
): Promise<{ events: number; lost: number; refused: number; admitted: number; quota: number; disabled: number }> {
  const ahead = newFakeClock();
  const env = { ...ENV, ...ahead.env };
  const others = [
    await startReplica(running.stack, 'gateway', env),
    await startReplica(running.stack, 'candidates', env),
    await startReplica(running.stack, 'webhooks', env),
  ];
  try {
    ahead.set(600 * SECOND_MS);
    services.set(-600 * SECOND_MS);
    const accountId = await running.operator.createAccount();
    const { token } = await running.operator.createToken(accountId);
    const gateways = [new Api(running.origin, token), new Api(others[0]!.origin, token)];
    await eventually(async () => {
      for (const { origin } of [running, others[0]!]) {
        const health = await fetch(`${origin}/health/ready`);
        expect([health.status, await health.json()]).toMatchObject([
          503,
          { clock: expect.stringMatching(/^(599|600)(\.\d)? s/) },
        ]);
      }
    });
    const hook = (
      await gateways[0]!.post('/webhooks', { url: `${receiver.url}/clocks`, events: ['candidate.created'] })
    ).body;
    const verdicts = new Map<string, boolean>();
    receiver.answer = (request) => {
      const timely = isTimely(request);
      if (request.path === '/clocks') verdicts.set((JSON.parse(request.body) as { id: string }).id, timely);
      return { status: timely ? 200 : 400 };
    };
    for (let event = 0; event < events; event++) {
      if (event % 10 === 0) database.set(event % 20 === 0 ? -2 * SECOND_MS : 0);
      const { status } = await gateways[event % 2]!.post('/candidates', JANE);
      expect(status).toBe(201);
    }
    database.set(0);
    await eventually(() => expect(verdicts.size).toBe(events));
    const refused = [...verdicts.values()].filter((isTaken) => !isTaken).length;
    const quota = 60;
    const limited = await running.operator.createAccount('enterprise', { perMinute: quota });
    const other = await running.operator.createToken(limited);
    const clients = [running.origin, others[0]!.origin].map((origin) => new Api(origin, other.token));
    let admitted = 0;
    for (let request = 0; request < 2.5 * quota; request++) {
      if (request === quota + 5) database.set(DAY_MS);
      if (request === quota + 15) database.set(0);
      if ((await clients[request % 2]!.get('/jobs')).status === 200) admitted++;
    }
    const { body } = await gateways[0]!.get(`/webhooks/${hook.id}`);
    return {
      events,
      lost: events - verdicts.size,
      refused,
      admitted,
      quota,
      disabled: body.status === 'enabled' ? 0 : 1,
    };
  } finally {
    services.set(0);
    database.set(0);
    for (const { process } of others) await process.stop();
    ahead.remove();
  }
}

/**
 * Everything is stopped with events that nobody has consumed, comes back days later, and the stream has let them expire meanwhile.
 *
 * @returns how many of the events the feed has, and which came by webhook
 */
export async function proveAbsence(
  { running, database, services, receiver }: ClockWorld,
  days: number,
): Promise<{ inFeed: string[]; delivered: string[]; status: string }> {
  receiver.answer = () => ({ status: 200 });
  const api = await running.client();
  const path = `/absent-${days}`;
  await api.post('/webhooks', { url: receiver.url + path, events: ['*'] });
  const candidate = (await api.post('/candidates', JANE)).body;
  const job = (await api.post('/jobs', { title: 'Engineer' })).body;
  const submission = (await api.post(`/jobs/${job.id}/submissions`, { candidate_id: candidate.id })).body;
  const told = (): string[] =>
    receiver.requests
      .filter((request) => request.path === path)
      .map(({ body }) => (JSON.parse(body) as { type: string }).type);
  await eventually(() => expect(told()).toHaveLength(3));
  const { webhooks, candidates, ...others } = running.stack.services;
  await Promise.all([webhooks.stop(), candidates.stop()]);
  expect((await api.patch(`/submissions/${submission.id}`, { stage: 'placed' })).status).toBe(200);
  // The relay is at most a second behind; it is not waited for: what it has not published comes from the outbox all the same.
  await pause(1_500);
  await Promise.all(Object.values(others).map((service) => service.stop()));
  if (days > 30) {
    const nats = running.stack.nats!;
    await expireStream(nats.urlFor('migrate'));
    // It knows for two minutes what it would take for a duplicate, unless it begins anew.
    await nats.process.stop();
    await nats.process.start();
  }
  for (const clock of [database, services]) clock.set(days * DAY_MS);
  await Promise.all(Object.values(running.stack.services).map((service) => service.start()));
  await eventually(async () => {
    expect((await api.get(`/candidates/${candidate.id}`)).body.status).toBe('placed');
    expect(new Set(told().slice(3))).toEqual(
      new Set(['submission.stage_changed', 'submission.placed', 'candidate.updated']),
    );
  });
  const { body: feed } = await api.get('/events?per_page=100');
  return {
    inFeed: (feed.data as { type: string }[]).map(({ type }) => type),
    delivered: told(),
    status: (await api.get(`/candidates/${candidate.id}`)).body.status as string,
  };
}
