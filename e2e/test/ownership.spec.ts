import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '@nexivo/contracts/routes';
import type { Api } from '@nexivo/testing/api';
import { type RunningStack, runStack } from './running-stack.js';

let running: RunningStack;
let owner: Api;
let stranger: Api;
const owned: Record<'candidate' | 'job' | 'submission', string> = { candidate: '', job: '', submission: '' };

beforeAll(async () => {
  running = await runStack();
  [owner, stranger] = await Promise.all([running.client(), running.client()]);
  owned.candidate = (
    await owner.post('/candidates', { first_name: 'A', last_name: 'B', email: 'a@example.com' })
  ).body.id;
  owned.job = (await owner.post('/jobs', { title: 'Engineer' })).body.id;
  owned.submission = (await owner.post(`/jobs/${owned.job}/submissions`, { candidate_id: owned.candidate })).body.id;
}, 60_000);
afterAll(() => running.stop());

/** For every route that names a resource: whose id goes into its path, and a body that would be accepted from its owner. */
const byId: Record<string, { kind: keyof typeof owned; body?: () => unknown }> = {
  getCandidate: { kind: 'candidate' },
  updateCandidate: { kind: 'candidate', body: () => ({ phone: '1' }) },
  deleteCandidate: { kind: 'candidate' },
  getJob: { kind: 'job' },
  updateJob: { kind: 'job', body: () => ({ openings: 3 }) },
  closeJob: { kind: 'job' },
  listJobSubmissions: { kind: 'job' },
  createSubmission: { kind: 'job', body: () => ({ candidate_id: owned.candidate }) },
  getSubmission: { kind: 'submission' },
  getSubmissionHistory: { kind: 'submission' },
  updateSubmission: { kind: 'submission', body: () => ({ stage: 'offer' }) },
};
/** Routes that name no resource: what a stranger must not find in their answers is tested below, one by one. */
const withoutId = [
  'listCandidates',
  'createCandidate',
  'listJobs',
  'createJob',
  'listSubmissions',
  'getMe',
  'getOpenApiDocument',
];

it('covers every route: a new one must be added to a table here', () => {
  const covered = [...Object.keys(byId), ...withoutId].toSorted();
  expect(routes.map(({ operationId }) => operationId).toSorted()).toEqual(covered);
});

const idRoutes = routes.filter(({ operationId }) => operationId in byId);

describe.each(idRoutes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_name, route) => {
  const ask = (client: Api, id: string) =>
    client.send(route.method, route.path.replace(/\{\w+\}/, id), byId[route.operationId]!.body?.());

  it("answers 404 for another account's id, with the same body as for one that does not exist", async () => {
    const { kind } = byId[route.operationId]!;
    const before = await snapshot();
    const foreign = await ask(stranger, owned[kind]);
    const absent = await ask(stranger, '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e');
    const impossible = await ask(stranger, 'not-a-uuid');
    expect(foreign.status).toBe(404);
    expect(withoutRequestId(foreign.body)).toEqual(withoutRequestId(absent.body));
    expect(withoutRequestId(foreign.body)).toEqual(withoutRequestId(impossible.body));
    expect(await snapshot()).toEqual(before);
  });
});

it('shows nothing of another account in any list, whatever the filter', async () => {
  for (const path of [
    '/candidates',
    '/candidates?email=a@example.com',
    '/jobs',
    '/submissions',
    `/submissions?job_id=${owned.job}`,
    `/submissions?candidate_id=${owned.candidate}&expand=candidate,job`,
  ]) {
    const { status, body } = await stranger.get(path);
    expect({ path, status, data: body.data, total: body.meta.total }).toEqual({
      path,
      status: 200,
      data: [],
      total: 0,
    });
  }
});

it("refuses another account's candidate in a submission as one that is unknown", async () => {
  const job = await stranger.post('/jobs', { title: 'Mine' });
  const { status, body } = await stranger.post(`/jobs/${job.body.id}/submissions`, { candidate_id: owned.candidate });
  expect({ status, errors: body.errors }).toMatchObject({
    status: 400,
    errors: [{ field: 'candidate_id', code: 'unknown_candidate' }],
  });
});

const snapshot = async () =>
  (
    await Promise.all([
      owner.get(`/candidates/${owned.candidate}`),
      owner.get(`/jobs/${owned.job}`),
      owner.get(`/submissions/${owned.submission}`),
    ])
  ).map(({ body }) => body as unknown);

const withoutRequestId = ({ request_id: _, ...rest }: Record<string, unknown>): Record<string, unknown> => rest;
