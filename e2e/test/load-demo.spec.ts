import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accounts } from '@nexivo/contracts/accounts';
import { candidate as candidateSchema } from '@nexivo/contracts/candidates';
import { job as jobSchema } from '@nexivo/contracts/jobs';
import { type Submission, submission as submissionSchema } from '@nexivo/contracts/submissions';
import { candidateAt } from '@nexivo/demo/candidates';
import { createDemo } from '@nexivo/demo/demo';
import { freePort } from '@nexivo/local/free-port';
import type { Api } from '@nexivo/testing/api';
import { connectEventStream } from '@nexivo/testing/event-stream';
import { eventually } from '@nexivo/testing/poll';
import { type Ended, runLoadDemo } from './run-load-demo.js';
import { type RunningStack, runStack } from './running-stack.js';

let running: RunningStack;
beforeAll(async () => {
  running = await runStack();
});
afterAll(() => running.stop());

const loadDemo = (args: readonly string[], env?: Record<string, string>): Promise<Ended> =>
  runLoadDemo(running.stack, args, env);

/** Names the stack by the environment, with other settings in place of its own. */
const namedBy = (others: Record<string, string> = {}): Record<string, string> => {
  const { stack } = running;
  return {
    NATS_URL: stack.envOf('admin')['NATS_URL']!,
    CANDIDATES_DATABASE_URL: stack.envOf('candidates')['DATABASE_URL']!,
    JOBS_DATABASE_URL: stack.envOf('jobs')['DATABASE_URL']!,
    SUBMISSIONS_DATABASE_URL: stack.envOf('submissions')['DATABASE_URL']!,
    ...others,
  };
};

const sizes = (candidates: number, jobs: number, submissions: number): string[] =>
  ['--candidates', candidates, '--jobs', jobs, '--submissions', submissions].map(String);

/** Loads, and returns the one object that is printed. */
async function load(accountId: string, ...args: string[]): Promise<{ loaded: unknown }> {
  const { code, stdout } = await loadDemo(['--account', accountId, ...args, '--json']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\{.*\}\n$/);
  return JSON.parse(stdout) as { loaded: unknown };
}

/** All pages of a list. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into whatever came back
async function all(api: Api, path: string): Promise<any[]> {
  const items = [];
  for (let page = 1; ; page++) {
    const { status, body } = await api.get(`${path}${path.includes('?') ? '&' : '?'}per_page=100&page=${page}`);
    expect(status).toBe(200);
    items.push(...body.data);
    if (page >= body.meta.total_pages) return items;
  }
}

describe('the demo data', () => {
  let accountId: string;
  let api: Api;
  beforeAll(async () => {
    accountId = await running.operator.createAccount();
    api = await running.client({ accountId });
    const { loaded } = await load(accountId, ...sizes(2_000, 50, 3_000));
    expect(loaded).toMatchObject([
      { service: 'candidates', rows: 2_000, was_there: false },
      { service: 'jobs', rows: 50, was_there: false },
      { service: 'submissions', rows: 3_000, was_there: false },
    ]);
  });

  it('loads candidates, jobs and submissions that the API shows, and finds by its filters', async () => {
    const candidates = await all(api, '/candidates?status=new,screening,available,placed,inactive');
    const jobs = await all(api, '/jobs');
    const submissions = (await all(api, '/submissions')) as Submission[];
    expect([candidates.length, jobs.length, submissions.length]).toEqual([2_000, 50, 3_000]);
    for (const candidate of candidates) expect(candidateSchema.parse(candidate)).toEqual(candidate);
    for (const job of jobs) expect(jobSchema.parse(job)).toEqual(job);
    for (const submission of submissions) expect(submissionSchema.parse(submission)).toEqual(submission);

    // Lists leave the inactive out unless they are asked for.
    const [known] = candidates.filter(({ external_id, status }) => external_id && status !== 'inactive');
    expect((await api.get(`/candidates?external_id=${known.external_id}`)).body.data).toEqual([known]);
    const withSkill = await all(api, `/candidates?skill=${encodeURIComponent('C++')}`);
    expect(withSkill).toEqual(
      candidates.filter(({ skills, status }) => skills.includes('C++') && status !== 'inactive'),
    );
    const found = await all(api, `/candidates?q=${encodeURIComponent('skill:C++')}`);
    expect(found).toEqual(withSkill);
    const job = jobs.find(({ id }) => submissions.some(({ job_id }) => job_id === id));
    const ofJob = await all(api, `/jobs/${job.id}/submissions?expand=candidate`);
    expect(ofJob.map(({ id }) => id)).toEqual(
      submissions.filter(({ job_id }) => job_id === job.id).map(({ id }) => id),
    );
    for (const { candidate_id, candidate } of ofJob) expect(candidate.id).toBe(candidate_id);
  });

  it('loads rows that can be worked with as with any other', async () => {
    const [submission] = (await api.get('/submissions?stage=interview&per_page=1')).body.data as [Submission];
    const before = (await api.get(`/submissions/${submission.id}/history`)).body.data;
    expect(before.at(-1)).toMatchObject({ to: 'interview', at: submission.stage_changed_at });
    const moved = await api.patch(`/submissions/${submission.id}`, { stage: 'offer' });
    expect([moved.status, moved.body.stage]).toEqual([200, 'offer']);
    const after = (await api.get(`/submissions/${submission.id}/history`)).body.data;
    expect(after).toEqual([...before, expect.objectContaining({ from: 'interview', to: 'offer' })]);

    const again = { candidate_id: submission.candidate_id };
    const twice = await api.post(`/jobs/${submission.job_id}/submissions`, again);
    // The job may have been closed meanwhile; either way it is refused.
    expect([400, 409]).toContain(twice.status);
    const made = await api.post('/candidates', { first_name: 'A', last_name: 'B', email: 'a@example.com' });
    expect(made.status).toBe(201);
  });

  it('publishes no events of what it loads', async () => {
    const other = await running.operator.createAccount();
    await load(other, ...sizes(100, 5, 50));
    const theirs = await running.client({ accountId: other });
    const { body: made } = await theirs.post('/candidates', {
      first_name: 'A',
      last_name: 'B',
      email: 'a@example.com',
    });
    const stream = await connectEventStream(running.stack.envOf('candidates')['NATS_URL']!);
    try {
      // Events go out in the order in which they were stored: those of the load would be there before.
      const events = await eventually(async () => {
        const stored = (await stream.read()).map(({ event }) => event).filter(({ account_id }) => account_id === other);
        expect(stored).not.toEqual([]);
        return stored;
      });
      expect(events).toMatchObject([{ type: 'candidate.created', data: { object: { id: made.id } } }]);
    } finally {
      await stream.close();
    }
  });

  it('leaves alone what the same command has loaded before, and adds other rows for another seed', async () => {
    const { loaded } = await load(accountId, ...sizes(2_000, 50, 3_000));
    expect(loaded).toMatchObject(
      ['candidates', 'jobs', 'submissions'].map((service) => ({ service, rows: 0, was_there: true })),
    );
    const before = (await api.get('/jobs')).body.meta.total as number;
    await load(accountId, ...sizes(20, 5, 20), '--seed', '2');
    expect((await api.get('/jobs')).body.meta.total).toBe(before + 5);
  });

  it('gives each account rows of its own', async () => {
    const other = await running.operator.createAccount();
    await load(other, ...sizes(100, 5, 50));
    const theirs = await running.client({ accountId: other });
    const ids = new Set((await all(api, '/candidates')).map(({ id }) => id));
    const added = await all(theirs, '/candidates');
    expect(added.length).toBeGreaterThan(80);
    expect(added.filter(({ id }) => ids.has(id))).toEqual([]);
  });

  it('says what was loaded where a service cannot be reached, and goes on from there when tried again', async () => {
    const other = await running.operator.createAccount();
    const theirs = await running.client({ accountId: other });
    const args = ['--account', other, ...sizes(100, 5, 50), '--json'];
    const away = `postgres://nobody:secret@127.0.0.1:${await freePort()}/nexivo`;
    const failed = await loadDemo(args, namedBy({ JOBS_DATABASE_URL: away }));
    expect(failed.code).toBe(1);
    const { error } = JSON.parse(failed.stdout);
    expect(error).toMatchObject({
      code: 'load_failed',
      detail: expect.stringMatching(/^jobs: .*100 of candidates\..*goes on/s),
    });
    expect(failed.stdout + failed.stderr).not.toContain('secret');
    expect((await theirs.get('/jobs')).body.meta.total).toBe(0);

    const { loaded } = await load(other, ...sizes(100, 5, 50));
    expect(loaded).toMatchObject([
      { was_there: true },
      { service: 'jobs', rows: 5 },
      { service: 'submissions', rows: 50 },
    ]);
  });

  it('keeps what was stored before a row was refused, and goes on from there: every row once', async () => {
    const other = await running.operator.createAccount();
    const theirs = await running.client({ accountId: other });
    const { created_at } = await running.operator.bus.request(accounts.get, { id: other }, running.operator.context);
    // More than one transaction has.
    const counts = { candidates: 5_000, jobs: 1, submissions: 1 };
    const demo = createDemo({ accountId: other, seed: 1, ...counts, until: new Date(created_at) });
    const rows = Array.from({ length: counts.candidates }, (_, row) => candidateAt(demo, row));
    const { external_id } = rows.findLast((row) => row.external_id !== null)!;
    const taken = { first_name: 'A', last_name: 'B', email: 'a@example.com', external_id };
    const { body: standing } = await theirs.post('/candidates', taken);
    const allStatuses = '/candidates?status=new,screening,available,placed,inactive';
    const ids = async () => (await all(theirs, allStatuses)).map(({ id }) => id as string);

    const { code, stdout } = await loadDemo(['--account', other, ...sizes(5_000, 1, 1), '--json']);
    expect(code).toBe(1);
    const { detail, ...error } = JSON.parse(stdout).error;
    expect(error).toMatchObject({ code: 'load_failed' });
    // Whole transactions, of two thousand rows, and not that of the refused row.
    expect(detail).toMatch(/^candidates: duplicate key .*\. Stored before that, and kept: 4,000 of candidates\./);
    expect(await ids()).toHaveLength(4_001);

    await theirs.patch(`/candidates/${standing.id}`, { external_id: null });
    const { loaded } = await load(other, ...sizes(5_000, 1, 1));
    expect(loaded).toMatchObject([{ rows: 1_000, was_there: false }, {}, {}]);
    expect(new Set(await ids())).toEqual(new Set([standing.id, ...rows.map(({ id }) => id)]));
    expect(await ids()).toHaveLength(5_001);
    const row = rows.find(({ skills, status }) => skills.length > 2 && status !== 'inactive')!;
    const { account_id: _, version: __, ...shown } = row;
    expect((await theirs.get(`/candidates/${row.id}`)).body).toEqual(shown);
  });

  it.each([
    [
      'an account that is unknown',
      ['--account', '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e', ...sizes(1, 1, 1)],
      'not_found',
    ],
    ['an id that is none', ['--account', 'acme', ...sizes(1, 1, 1)], 'validation_failed'],
  ])('refuses %s', async (_, args, code) => {
    const { code: exit, stdout } = await loadDemo([...args, '--json']);
    expect(exit).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({ code });
  });

  it('refuses more submissions than there are pairs, before it loads anything', async () => {
    const other = await running.operator.createAccount();
    const { code, stderr } = await loadDemo(['--account', other, ...sizes(10, 2, 1_000)]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/submissions: must be at most \d+ /);
    expect((await (await running.client({ accountId: other })).get('/candidates')).body.meta.total).toBe(0);
  });

  it('goes where the environment names it, whatever stack runs here, and says which setting is missing', async () => {
    const args = ['--account', await running.operator.createAccount(), ...sizes(10, 2, 5), '--json'];
    const named = await loadDemo(args, namedBy({ DATA_DIR: '/nowhere' }));
    expect(JSON.parse(named.stdout)).toMatchObject({ loaded: [{ rows: 10 }, { rows: 2 }, { rows: 5 }] });
    const { code, stdout } = await loadDemo(args, namedBy({ JOBS_DATABASE_URL: '' }));
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      error: { code: 'invalid_environment', detail: 'JOBS_DATABASE_URL: is missing' },
    });
  });

  it('says what to do where no stack runs', async () => {
    const args = ['--account', accountId, ...sizes(1, 1, 1)];
    const { code, stderr } = await loadDemo(args, { DATA_DIR: '/nowhere' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^No running stack found in \/nowhere\. Start one with npm start, or /);
  });

  it.each([
    ['a missing number', ['--account', 'x', '--candidates', '1']],
    ['a number that is none', ['--account', 'x', ...sizes(1, 1, 1), '--seed', 'x']],
    ['a number that is too large', ['--account', 'x', ...sizes(10_000_001, 1, 1)]],
  ])('ends with 2 for %s', async (_, args) => {
    expect(await loadDemo(args)).toMatchObject({ code: 2, stdout: '' });
  });
});
