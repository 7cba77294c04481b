import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '@nexivo/testing/poll';
import { type RunningStack, runStack } from './running-stack.js';

let running: RunningStack;
beforeAll(async () => {
  running = await runStack();
});
afterAll(() => running.stop());

it("carries the caller's request id into the log of every service that the request reached", async () => {
  const api = await running.client();
  const candidate = await api.post('/candidates', { first_name: 'A', last_name: 'B', email: 'a@example.com' });
  const job = await api.post('/jobs', { title: 'Engineer' });
  const requestId = 'trace-me-42';
  const answer = await api.send(
    'POST',
    `/jobs/${job.body.id}/submissions`,
    { candidate_id: candidate.body.id },
    { 'x-request-id': requestId },
  );
  expect(answer.headers.get('x-request-id')).toBe(requestId);
  for (const service of ['gateway', 'submissions', 'jobs', 'candidates']) {
    await eventually(() => {
      const lines = readFileSync(join(running.stack.dataDir, `logs/${service}.log`), 'utf8')
        .trim()
        .split('\n');
      const caused = lines.map((line) => JSON.parse(line)).filter(({ request_id }) => request_id === requestId);
      expect(caused.length).toBeGreaterThan(0);
      expect(caused[0].account_id).toMatch(/^[0-9a-f-]{36}$/);
    });
  }
});
