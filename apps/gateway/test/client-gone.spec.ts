import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from '@jest/globals';
import { eventually } from '@nexivo/testing/poll';
import fastify from 'fastify';
import type { Logger } from 'pino';
import { goneSignal } from '../src/http/gone-signal.js';
import { ProblemFilter } from '../src/http/problem.filter.js';

it('a client that hangs up while it sends is not taken for a database that is away', async () => {
  const lines: string[] = [];
  const log = (_: unknown, text: string): unknown => lines.push(text);
  const problems = new ProblemFilter({ warn: log, error: log } as unknown as Logger);
  const app = fastify();
  let handled = 0;
  app.setErrorHandler((error, request, reply) => {
    problems.answer(error, request, reply);
    handled += 1;
  });
  app.post('/', () => 'done');
  await app.listen({ port: 0, host: '127.0.0.1' });
  const client = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  await once(client, 'connect');
  client.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{');
  await once(app.server, 'request').catch(() => undefined);
  client.resetAndDestroy();
  await eventually(() => expect(handled).toBe(1));
  expect(lines).toEqual([]);
  await app.close();
});

it('what works for a client that hangs up is told so, and what has answered is not', async () => {
  const signals = new Map<string, AbortSignal>();
  const app = fastify();
  app.get('/:answer', (request, reply) => {
    const { answer } = request.params as { answer: string };
    signals.set(answer, goneSignal(reply));
    return answer === 'never' ? new Promise(() => undefined) : answer;
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  expect(await (await fetch(`http://127.0.0.1:${port}/now`)).text()).toBe('now');
  const client = connect(port, '127.0.0.1');
  client.write('GET /never HTTP/1.1\r\nhost: a\r\n\r\n');
  await eventually(() => expect(signals.has('never')).toBe(true));
  client.destroy();
  await eventually(() => expect(signals.get('never')!.aborted).toBe(true));
  app.server.closeAllConnections();
  await app.close();
  expect(signals.get('now')!.aborted).toBe(false);
});
