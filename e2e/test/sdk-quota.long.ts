import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { BASE_PATH } from '@nexivo/contracts/route';
import { Nexivo } from '@nexivo/sdk';
import { type RunningStack, runStack } from './running-stack.js';

let running: RunningStack;
beforeAll(async () => {
  running = await runStack();
});
afterAll(() => running.stop());

it('whoever reads at a quota of 8 a minute waits, and gets all', async () => {
  const accountId = await running.operator.createAccount();
  const { token } = await running.client({ accountId });
  const client = new Nexivo({ baseUrl: running.origin + BASE_PATH, token: token! });
  for (let n = 0; n < 40; n++) await client.jobs.create({ title: `Job ${n}` });
  await running.operator.updateAccount(accountId, { requests_per_minute: 8 });
  const titles: string[] = [];
  // 20 requests, of which 8 are let in each minute.
  for await (const { title } of client.jobs.list({ per_page: 2 })) titles.push(title);
  expect(titles.toSorted()).toEqual(Array.from({ length: 40 }, (_, n) => `Job ${n}`).toSorted());
});
