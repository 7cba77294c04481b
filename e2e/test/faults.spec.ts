import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { type RunningStack, runStack } from './running-stack.js';

const HEALTHY = { candidates: 200, jobs: 200, submissions: 200 };

let running: RunningStack;
let api: Api;

beforeAll(async () => {
  running = await runStack({ autoRestart: false });
  api = await running.client();
});
afterAll(() => running.stop());

/** One read of each service: its status, or `slow` when the answer took longer than a client should wait. */
async function readEach(): Promise<Record<string, number | 'slow'>> {
  const statuses = await Promise.all(
    ['candidates', 'jobs', 'submissions'].map(async (name) => {
      const startedAt = performance.now();
      const { status } = await api.get(`/${name}`);
      return [name, performance.now() - startedAt > scaled(2_000) ? 'slow' : status] as const;
    }),
  );
  return Object.fromEntries(statuses);
}

const expectUnavailable = (answer: Answer): void => {
  expect(answer.status).toBe(503);
  expect(answer.body.code).toBe('service_unavailable');
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
};

describe('a service that is killed', () => {
  it('makes its own routes answer 503 with Retry-After within 2 s, and no others', async () => {
    await expect(readEach()).resolves.toEqual(HEALTHY);
    running.stack.services.candidates.kill('SIGKILL');
    await eventually(async () => expectUnavailable(await api.get('/candidates')), { withinMs: 2_000 });
    await expect(readEach()).resolves.toEqual({ ...HEALTHY, candidates: 503 });
    const refused = await api.post('/candidates', { first_name: 'A', last_name: 'B', email: 'a@example.com' });
    expectUnavailable(refused);
  });

  it('serves within 5 s of its restart, without touching the gateway', async () => {
    const gateway = running.stack.services.gateway.pid;
    await running.stack.services.candidates.start();
    await eventually(async () => expect(await readEach()).toEqual(HEALTHY), { withinMs: 5_000 });
    expect(running.stack.services.gateway.pid).toBe(gateway);
  });
});

describe.each(['nats', 'postgres'] as const)('%s killed and started again', (server) => {
  it('is answered with 503 meanwhile, never later than 2 s, and readiness says so', async () => {
    const { process } = running.stack[server]!;
    process.kill('SIGKILL');
    await eventually(async () => expectUnavailable(await api.get('/candidates')), { withinMs: 3_000 });
    // Each service hears of it by itself; none is slow meanwhile.
    let statuses: unknown[] = [];
    do {
      statuses = Object.values(await readEach());
      expect(statuses).not.toContain('slow');
    } while (statuses.some((status) => status !== 503));
    await eventually(async () => {
      const health = await fetch(`${running.origin}/health/ready`);
      expect(health.status).toBe(503);
      await expect(health.json()).resolves.toMatchObject({ [server === 'nats' ? 'bus' : 'database']: 'away' });
    });
    expect((await fetch(`${running.origin}/health/live`)).status).toBe(200);
  });

  it('is recovered from without a manual step: reads and writes, in every service', async () => {
    await eventually(() => expect(running.stack[server]!.process.pid).toBeUndefined());
    await running.stack[server]!.process.start();
    await eventually(async () => expect(await readEach()).toEqual(HEALTHY));
    const candidate = await api.post('/candidates', { first_name: 'A', last_name: 'B', email: 'a@example.com' });
    const job = await api.post('/jobs', { title: 'Engineer' });
    const submission = await api.post(`/jobs/${job.body.id}/submissions`, { candidate_id: candidate.body.id });
    expect([candidate.status, job.status, submission.status]).toEqual([201, 201, 201]);
    await eventually(async () => expect((await fetch(`${running.origin}/health/ready`)).status).toBe(200));
  });
});
