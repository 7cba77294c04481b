import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
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

it('logs what the gateway refuses before it is a request, under the id that the answer has', async () => {
  const { hostname, port } = new URL(running.origin);
  for (const head of [
    'FETCH / HTTP/1.1',
    'GET /%zz HTTP/1.1\r\nhost: a',
    'GET / HTTP/1.1',
    'QUERY / HTTP/1.1\r\nhost: a',
  ]) {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write(`${head}\r\nconnection: close\r\n\r\n`);
    const answer = await text(socket);
    const status = Number(answer.split(' ', 2)[1]);
    const [, requestId] = /^x-request-id: (.*)$/im.exec(answer)!;
    await eventually(() => {
      const lines = readFileSync(join(running.stack.dataDir, 'logs/gateway.log'), 'utf8').trim().split('\n');
      const caused = lines.map((line) => JSON.parse(line)).filter(({ request_id }) => request_id === requestId);
      expect({ head, status, lines: caused.map((line) => line.status) }).toEqual({ head, status, lines: [status] });
    });
  }
});
