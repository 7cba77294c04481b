import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Event, EVENT_TYPES } from '@nexivo/contracts/events';
import { BASE_PATH } from '@nexivo/contracts/route';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { startPostgres } from '@nexivo/local/postgres';
import type { Api } from '@nexivo/testing/api';
import { oldestInstalledPostgres } from '@nexivo/testing/installed-postgres';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { askDatabase } from '@nexivo/testing/sql';
import { type RunningStack, runStack } from './running-stack.js';

const server = oldestInstalledPostgres();
const onOldest = server ? describe : describe.skip;

const JANE = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', skills: ['C++'] };

onOldest(`on PostgreSQL ${server?.version}, as one role that owns its database and nothing else`, () => {
  const stopping: (() => Promise<unknown>)[] = [];
  let running: RunningStack;
  let receiver: Receiver;
  let api: Api;

  beforeAll(async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-servers-'));
    stopping.push(async () => {
      removeOutsideDirectory(dataDir);
      rmSync(dataDir, { recursive: true, force: true });
    });
    const postgres = await startPostgres({ dataDir, server, settings: { fsync: 'off' } });
    stopping.push(() => postgres.stop());
    await askDatabase(postgres.url, `create role ats login password 'ats'`);
    await askDatabase(postgres.url, `create database ats owner ats`);
    const databaseUrl = `postgres://ats:ats@127.0.0.1:${postgres.port}/ats`;
    running = await runStack({ databaseUrl, env: { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' } });
    stopping.push(() => running.stop());
    receiver = await startReceiver();
    stopping.push(() => receiver.stop());
    api = await running.client();
  });
  afterAll(async () => {
    for (const stop of stopping.toReversed()) await stop();
  });

  it('everything that happens is told to webhooks, kept in the feed, and told again by a replay', async () => {
    const hook = (await api.post('/webhooks', { url: receiver.url, events: ['*'] })).body;
    const since = new Date(Date.now() - 60_000).toISOString();
    const candidate = (await api.post('/candidates', JANE)).body;
    const job = (await api.post('/jobs', { title: 'Engineer' })).body;
    const submission = (await api.post(`/jobs/${job.id}/submissions`, { candidate_id: candidate.id })).body;
    await api.patch(`/submissions/${submission.id}`, { stage: 'placed' });
    await eventually(async () => expect((await api.get(`/candidates/${candidate.id}`)).body.status).toBe('placed'));
    await api.patch(`/jobs/${job.id}`, { openings: 2 });
    await api.delete(`/jobs/${job.id}`);
    await api.delete(`/candidates/${candidate.id}`);

    const told = (): string[] => receiver.requests.map(({ body }) => (JSON.parse(body) as Event).type);
    await eventually(() => expect(new Set(told())).toEqual(new Set(EVENT_TYPES)));
    const { body: feed } = await api.get('/events?per_page=100');
    expect(feed.data).toHaveLength(told().length);

    const replay = await api.post(`/webhooks/${hook.id}/replay`, { since });
    const { pathname } = new URL(replay.headers.get('location')!);
    await eventually(async () =>
      expect((await api.get(pathname.replace(BASE_PATH, ''))).body.status).toBe('completed'),
    );
    await eventually(() => expect(told()).toHaveLength(feed.data.length * 2));
  });

  it('searches, sorts, pages by cursor, keeps conditions and answers a repeated write alike', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await api.send('POST', '/candidates', { ...JANE, last_name: 'García' }, key);
    const again = await api.send('POST', '/candidates', { ...JANE, last_name: 'García' }, key);
    expect(again.body).toEqual(first.body);
    await api.post('/candidates', { ...JANE, last_name: 'Ärmel' });
    const names = async (query: string): Promise<string[]> =>
      ((await api.get(`/candidates?${query}`)).body.data as { last_name: string }[]).map(({ last_name }) => last_name);
    expect(await names('q=garcia')).toEqual(['García']);
    expect((await names('q=skill:"C%2B%2B"&sort=last_name')).slice(0, 2)).toEqual(['Ärmel', 'García']);
    const page = (await api.get('/candidates?sort=last_name&per_page=1&cursor=')).body;
    expect(page).toBeDefined();
    const stale = await api.send('PATCH', `/candidates/${first.body.id}`, { city: 'Rome' }, { 'if-match': '"9"' });
    expect(stale.status).toBe(412);
  });
});
