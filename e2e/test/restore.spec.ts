import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AnyEvent } from '@nexivo/contracts/events';
import { eventually } from '@nexivo/testing/poll';
import {
  copyOf,
  differences,
  makeBaseBackup,
  readFeed,
  type RestoreWorld,
  runScript,
  startRestoreWorld,
  startServices,
  takeBackAll,
  timeOf,
  toldTo,
  wreckAndRestore,
} from './restore-proof.js';

const JANE = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' };

let world: RestoreWorld;
beforeAll(async () => {
  world = await startRestoreWorld();
});
afterAll(() => world.stop());

/** The subscriber has everything in the feed, and knows these objects and all others as the API has them: an event may still be on its way to the feed. */
const allAreTold = (...objects: { id: string }[]): Promise<void> =>
  eventually(async () => {
    const told = toldTo(world.receiver);
    const ids = new Set(told.map(({ id }) => id));
    expect((await readFeed(world.api)).filter(({ id }) => !ids.has(id))).toEqual([]);
    const copy = copyOf(told);
    expect(objects.filter(({ id }) => !copy.has(id))).toEqual([]);
    expect(await differences(world.api, copy)).toEqual([]);
  });

it('a wrecked Postgres comes back as it was at a time: who was told of more is told how it is, once, and feed and versions go on', async () => {
  const { api, receiver } = world;
  const [kept, changed, deleted] = await Promise.all(
    ['Ann', 'Bob', 'Cid'].map(async (first_name) => (await api.post('/candidates', { ...JANE, first_name })).body),
  );
  const job = (await api.post('/jobs', { title: 'Engineer' })).body;
  await allAreTold(kept, changed, deleted, job);
  await makeBaseBackup(world);
  const submission = (await api.post(`/jobs/${job.id}/submissions`, { candidate_id: kept.id })).body;
  await api.patch(`/candidates/${changed.id}`, { city: 'Rome' });
  await allAreTold(submission);
  const until = await timeOf(world);

  // What nobody will know of any more.
  await api.patch(`/candidates/${changed.id}`, { city: 'Oslo' });
  const lost = await api.patch(`/candidates/${changed.id}`, { city: 'Bern' });
  await api.delete(`/candidates/${deleted.id}`);
  const placed = (await api.post('/candidates', { ...JANE, first_name: 'Dan' })).body;
  const lostJob = (await api.post('/jobs', { title: 'Cook' })).body;
  const lostSubmission = (await api.post(`/jobs/${lostJob.id}/submissions`, { candidate_id: placed.id })).body;
  await api.patch(`/submissions/${submission.id}`, { stage: 'placed' });
  await eventually(async () => expect((await api.get(`/candidates/${kept.id}`)).body.status).toBe('placed'));
  await allAreTold(placed, lostJob, lostSubmission);
  const before = await readFeed(api);

  await wreckAndRestore(world, until);
  const said = await takeBackAll(world);
  expect(said['candidates']).toContain('3 objects are older than was told, 1 are not there');
  expect((await takeBackAll(world))['candidates']).toContain('0 objects are older than was told, 0 are not there');
  const toldBefore = new Set(toldTo(receiver).map(({ id }) => id));
  await startServices(world);

  // The feed has what was told, in its order, and then what is told of it: who goes on reading misses nothing.
  await eventually(async () => expect((await readFeed(api, before.at(-1)!.id)).length).toBeGreaterThanOrEqual(7));
  await allAreTold();
  const feed = await readFeed(api);
  expect(feed.slice(0, before.length).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  const told = toldTo(receiver);
  expect(await differences(api, copyOf(feed))).toEqual([]);
  const isNew = ({ id }: AnyEvent): boolean => !toldBefore.has(id);
  const about = (id: string): string[] =>
    told.filter((event) => isNew(event) && event.data.object.id === id).map(({ type }) => type);
  expect(about(changed.id)).toEqual(['candidate.updated']);
  expect(about(deleted.id)).toEqual(['candidate.updated']);
  expect(about(placed.id)).toEqual(['candidate.deleted']);
  expect(about(lostJob.id)).toEqual(['job.closed']);
  expect(about(lostSubmission.id)).toEqual(['submission.stage_changed']);
  expect(about(submission.id)).toEqual(['submission.stage_changed']);

  // It is as it was, and an ETag of what nobody knows any more is not taken for one of today.
  const now = await api.get(`/candidates/${changed.id}`);
  expect(now.body).toMatchObject({ city: 'Rome' });
  expect((await api.get(`/candidates/${placed.id}`)).status).toBe(404);
  expect((await api.get(`/candidates/${kept.id}`)).body).toMatchObject({ status: kept.status });
  const patch = (etag: string) =>
    api.send('PATCH', `/candidates/${changed.id}`, { city: 'Kiel' }, { 'if-match': etag });
  expect((await patch(lost.headers.get('etag')!)).status).toBe(412);
  expect((await patch(now.headers.get('etag')!)).status).toBe(200);

  // Life goes on: a placement has its effect, once, and the subscriber hears of it.
  await api.patch(`/submissions/${submission.id}`, { stage: 'placed' });
  await eventually(async () => expect((await api.get(`/candidates/${kept.id}`)).body.status).toBe('placed'));
  await allAreTold();
});

const psql = spawnSync('psql', ['--version']).status === 0;
if (!psql) process.stderr.write('docker/backups/base-backup not tried: there is no psql here\n');

(psql ? it : it.skip)(
  'the script makes base backups by psql, keeps as many as it is told, and no WAL that none of them needs',
  async () => {
    const { api, backupDir } = world;
    const folders = (name: string): string[] => readdirSync(join(backupDir, name)).toSorted();
    const { id } = (await api.post('/candidates', { ...JANE, first_name: 'Eve' })).body;
    const walBefore = folders('wal');
    const stamp = (await runScript(world, 'base-backup', ['1'])).trim();
    expect(folders('base')).toEqual([stamp]);
    expect(folders('wal').filter((name) => walBefore.includes(name) && !name.endsWith('.history'))).toEqual([]);
    await api.patch(`/candidates/${id}`, { city: 'Lyon' });
    await wreckAndRestore(world);
    expect((await takeBackAll(world))['candidates']).toContain(
      '0 events are of a time that the database does not know',
    );
    await startServices(world);
    expect((await api.get(`/candidates/${id}`)).body).toMatchObject({ city: 'Lyon' });
  },
);
