import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Api } from '@nexivo/testing/api';
import { type NatsServer, startNatsCluster } from '@nexivo/testing/nats-server';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { wholeCopies } from '@nexivo/testing/stream-admin';
import { type RunningStack, runStack } from './running-stack.js';

const JANE = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' };
/** So many writes follow each other while a node is away. */
const WRITES = 50;

let nodes: NatsServer[];
let running: RunningStack;
let receiver: Receiver;
let api: Api;

beforeAll(async () => {
  nodes = await startNatsCluster('');
  running = await runStack({
    natsUrl: nodes.map(({ url }) => url).join(','),
    autoRestart: false,
    env: { EVENTS_REPLICAS: '3', ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' },
  });
  receiver = await startReceiver();
  api = await running.client();
  expect((await api.post('/webhooks', { url: receiver.url, events: ['candidate.created'] })).status).toBe(201);
});
afterAll(async () => {
  await running?.stop();
  await receiver?.stop();
  for (const node of nodes ?? []) await node.stop();
});

const told = (): string[] =>
  receiver.requests.map(({ body }) => (JSON.parse(body) as { data: { object: { id: string } } }).data.object.id);

/** Writes as a client does that repeats what got a 503, under one key. */
async function write(n: number): Promise<string> {
  let id = '';
  await eventually(async () => {
    const key = { 'idempotency-key': `write-${n}` };
    const answer = await api.send('POST', '/candidates', { ...JANE, first_name: `Jane ${n}` }, key);
    expect(answer.status).toBe(201);
    id = answer.body.id as string;
  });
  return id;
}

it('each node of three may be killed, one after the other: writes go on, and every event is told once it is back', async () => {
  const written: string[] = [];
  for (const node of nodes) {
    node.kill();
    for (let n = 0; n < WRITES; n++) written.push(await write(written.length));
    await eventually(() => expect(written.filter((id) => !told().includes(id))).toEqual([]));
    await node.restart();
    // A node that has just come back has yet to catch up; a second one that goes meanwhile would be one too many.
    await eventually(async () => expect(await wholeCopies(nodes.map(({ url }) => url))).toBe(3));
  }
  expect(new Set(told()).size).toBe(written.length);
});
