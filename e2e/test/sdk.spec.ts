import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BASE_PATH } from '@nexivo/contracts/route';
import { Nexivo, type SyncState, TooManyRequestsError } from '@nexivo/sdk';
import { verify } from '@nexivo/sdk/webhooks';
import type { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { startReceiver } from '@nexivo/testing/receiver';
import { startLossyProxy } from './lossy-proxy.js';
import { type RunningStack, runStack } from './running-stack.js';

let running: RunningStack;
beforeAll(async () => {
  running = await runStack({ env: { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' } });
});
afterAll(() => running.stop());

const clientOf = ({ origin, token }: Api, at = origin): Nexivo =>
  new Nexivo({ baseUrl: at + BASE_PATH, token: token! });
const newClient = async (): Promise<Nexivo> => clientOf(await running.client());
const person = (n: number) => ({ first_name: 'A', last_name: `L${n}` });

describe('through a proxy that loses half of the answers', () => {
  it('60 creates make 60 rows', async () => {
    const api = await running.client();
    const proxy = await startLossyProxy(running.origin, (nth) => nth % 2 === 0);
    const client = clientOf(api, proxy.origin);
    for (let n = 0; n < 60; n += 6) {
      await Promise.all(Array.from({ length: 6 }, (_, each) => client.candidates.create(person(n + each))));
    }
    expect(proxy.counts).toEqual({ lost: 60, passed: 60 });
    await proxy.stop();
    const rows = await clientOf(api).candidates.list().toArray({ limit: 1_000 });
    expect(rows.map(({ last_name }) => last_name).toSorted()).toEqual(
      Array.from({ length: 60 }, (_, n) => `L${n}`).toSorted(),
    );
  });

  it('10 edits at a time are all kept', async () => {
    const api = await running.client();
    const proxy = await startLossyProxy(running.origin, (nth) => nth % 2 === 0);
    // Ten who read the same lose their answers by chance.
    const client = new Nexivo({ baseUrl: proxy.origin + BASE_PATH, token: api.token!, maxRetries: 20 });
    const { id } = await clientOf(api).candidates.create(person(0));
    const tags = Array.from({ length: 10 }, (_, n) => `t${n}`);
    await Promise.all(tags.map((tag) => client.candidates.edit(id, (each) => ({ tags: [...each.tags, tag] }))));
    await proxy.stop();
    const { tags: kept } = await clientOf(api).candidates.get(id);
    expect(kept.toSorted()).toEqual(tags.toSorted());
  });
});

it('a copy beside writers and kills, stopped anywhere and gone on with, ends equal to the API', async () => {
  const api = await running.client();
  const client = new Nexivo({ baseUrl: api.origin + BASE_PATH, token: api.token!, maxRetries: 20 });
  const ids: string[] = [];
  for (let n = 0; n < 230; n++) ids.push((await client.candidates.create(person(n))).id);
  const copy = new Map<string, object>();
  let state: SyncState = {};
  const writing = { isOver: false };
  const write = async (writer: number): Promise<void> => {
    for (let turn = 0; !writing.isOver; turn++) {
      const id = ids[(writer * 7 + turn * 3) % ids.length]!;
      if (turn % 9 === 8) await client.candidates.delete(id);
      else await client.candidates.update(id, { city: `${writer}:${turn}` });
      if (turn % 5 === 0) ids.push((await client.candidates.create(person(turn))).id);
    }
  };
  const writers = [0, 1, 2].map(write);
  /** @param steps after so many it is stopped: before it has kept what the last one brought */
  const sync = async (steps: number): Promise<void> => {
    for await (const step of client.sync.candidates(state)) {
      if (steps-- === 0) return;
      for (const row of step.rows) copy.set(row.id, row);
      state = step.state;
    }
  };
  const { candidates, gateway } = running.stack.services;
  for (let round = 0; round < 12; round++) {
    // What is under way is cut off; the stack starts it again by itself.
    if (round % 4 === 1) (round === 5 ? gateway : candidates).kill('SIGKILL');
    await sync(round % 4);
  }
  writing.isOver = true;
  await Promise.all(writers);
  await sync(Infinity);
  const all = await client.candidates.list({ status: ['any'] }).toArray({ limit: 10_000 });
  expect([...copy.values()].some((row) => 'status' in row && row.status === 'inactive')).toBe(true);
  expect(new Map(all.map((row) => [row.id, row]))).toEqual(copy);
});

it('a feed is followed through all changes of an object, in their order', async () => {
  const client = await newClient();
  const { id } = await client.candidates.create(person(0));
  for (let n = 1; n <= 20; n++) await client.candidates.update(id, { city: `C${n}` });
  const versions: number[] = [];
  for await (const event of client.events.follow({ pollMs: 50 })) {
    if (event.type === 'candidate.updated' || event.type === 'candidate.created') versions.push(event.resource_version);
    if (versions.length === 21) break;
  }
  expect(versions).toEqual(Array.from({ length: 21 }, (_, n) => n + versions[0]!));
});

it('what a webhook is sent is verified, and the event typed', async () => {
  const client = await newClient();
  const receiver = await startReceiver();
  const { id, secret } = await client.webhooks.create({ url: receiver.url, events: ['candidate.created'] });
  await client.webhooks.test(id);
  const delivery = await eventually(() => {
    expect(receiver.requests).not.toEqual([]);
    return receiver.requests[0]!;
  });
  await receiver.stop();
  const event = await verify(delivery.body, delivery.headers, secret);
  expect(event.type).toBe('webhook.test');
  await expect(verify(`${delivery.body} `, delivery.headers, secret)).rejects.toThrow('no signature');
});

it("a day's quota is not waited for, and what is left of it shown", async () => {
  const accountId = await running.operator.createAccount('enterprise', { perMinute: 100, perDay: 2 });
  const client = clientOf(await running.client({ accountId }));
  await client.candidates.list().page();
  const { quota } = await client.candidates.list().page().withResponse();
  expect(quota).toMatchObject({ day: { limit: 2, remaining: 0 }, minute: { limit: 100, remaining: 98 } });
  await expect(client.candidates.list().page()).rejects.toThrow(TooManyRequestsError);
});
