import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { startReceiver } from '@nexivo/testing/receiver';
import { type RunningStack, runStack } from './running-stack.js';

let running: RunningStack;
beforeAll(async () => {
  running = await runStack({ env: { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' } });
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

/** The lines of the gateway's log about a request, once there is one. */
const linesOf = (requestId: string): Promise<Record<string, unknown>[]> =>
  eventually(() => {
    const lines = readFileSync(join(running.stack.dataDir, 'logs/gateway.log'), 'utf8').trim().split('\n');
    const found = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ request_id, msg }) => request_id === requestId && msg === 'request');
    expect(found.length).toBeGreaterThan(0);
    return found;
  });

it('writes one line for a request, with who asked, who answered, and why it failed', async () => {
  const accountId = await running.operator.createAccount();
  const { id: tokenId, token } = await running.operator.createToken(accountId);
  const api = new Api(running.origin, token);
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const found = await api.send('GET', '/jobs', undefined, { 'x-request-id': 'wide-1', traceparent });
  const length = JSON.stringify(found.body).length;
  const [line, ...others] = await linesOf('wide-1');
  expect(others).toEqual([]);
  expect(line).toEqual({
    level: 'info',
    time: expect.any(String),
    service: 'gateway',
    request_id: 'wide-1',
    account_id: accountId,
    token_id: tokenId,
    trace_id: traceId,
    method: 'GET',
    route: '/ats/api/v1/jobs',
    status: 200,
    ms: expect.any(Number),
    bytes: expect.any(Number),
    upstream: 'jobs',
    msg: 'request',
  });
  // The head, too.
  expect(line!['bytes']).toBeGreaterThan(length);
  expect(line!['bytes']).toBeLessThan(length + 4_096);

  await api.send('GET', '/jobs/019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e', undefined, { 'x-request-id': 'wide-2' });
  expect(await linesOf('wide-2')).toMatchObject([{ status: 404, code: 'not_found', upstream: 'jobs' }]);
  expect((await linesOf('wide-2'))[0]).not.toHaveProperty('cause');

  await running.stack.services.jobs.stop();
  await api.send('GET', '/jobs', undefined, { 'x-request-id': 'wide-3' });
  expect(await linesOf('wide-3')).toMatchObject([
    { status: 503, code: 'service_unavailable', upstream: 'jobs', cause: expect.stringMatching(/no responders/i) },
  ]);
  await running.stack.services.jobs.start();
});

it('carries the id of the request into the line of each delivery that it causes, and its trace context to the subscriber', async () => {
  const receiver = await startReceiver();
  const api = await running.client();
  await api.post('/webhooks', { url: receiver.url, events: ['*'] });
  const body = { first_name: 'A', last_name: 'B', email: 'a@example.com' };
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  await api.send('POST', '/candidates', body, { 'x-request-id': 'cause-"1"', traceparent });
  await eventually(() => {
    const lines = readFileSync(join(running.stack.dataDir, 'logs/webhooks.log'), 'utf8').trim().split('\n');
    const attempts = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'delivery attempt');
    expect(attempts).toMatchObject([{ status: 200, request_id: 'cause-"1"' }]);
  });
  // Handed on as it came, where no trace is recorded.
  expect(receiver.requests.map(({ headers }) => headers['traceparent'])).toEqual([traceparent]);
  await receiver.stop();
});

it('says nothing of probes, unless it is asked to say more', async () => {
  const answer = await fetch(`${running.origin}/health/ready`, { headers: { 'x-request-id': 'probe-1' } });
  expect(answer.status).toBe(200);
  await fetch(`${running.origin}/ats/api/v1/jobs`, { headers: { 'x-request-id': 'after-probe' } });
  await linesOf('after-probe');
  expect(readFileSync(join(running.stack.dataDir, 'logs/gateway.log'), 'utf8')).not.toContain('probe-1');
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
