import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { type Copy, startCopy } from './copies.js';
import { type RunningStack, runStack } from './running-stack.js';

let running: RunningStack;
let api: Api;
const copies: Pick<Copy, 'process' | 'logFile'>[] = [];

beforeAll(async () => {
  running = await runStack({ autoRestart: false });
  api = await running.client();
  const { stack } = running;
  copies.push({ process: stack.services.candidates, logFile: join(stack.dataDir, 'logs/candidates.log') });
  copies.push(await startCopy(stack, 'candidates'), await startCopy(stack, 'candidates'));
});
afterAll(async () => {
  await Promise.all(copies.map(({ process }) => process.stop()));
  await running.stop();
});

/** How many commands a copy says it has served. */
const served = (logFile: string): number => readFileSync(logFile, 'utf8').split('"msg":"command"').length - 1;

it('three copies of candidates share the load', async () => {
  const before = copies.map(({ logFile }) => served(logFile));
  const answers = await Promise.all(Array.from({ length: 150 }, () => api.get('/candidates')));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  // A copy answers before it logs.
  const shares = await eventually(() => {
    const counts = copies.map(({ logFile }, n) => served(logFile) - before[n]!);
    expect(counts.reduce((sum, count) => sum + count)).toBe(150);
    return counts;
  });
  // The bus picks at random: a fair third is 50, and 20 is five standard deviations below.
  for (const share of shares) expect(share).toBeGreaterThan(20);
});

it('a rolling restart of them under steady traffic shows no failed request', async () => {
  const failures: string[] = [];
  let writes = 0;
  const done = new AbortController();
  const client = async (): Promise<void> => {
    while (!done.signal.aborted) {
      const created = await api.post('/candidates', { first_name: 'A', last_name: 'B', email: 'a@example.com' });
      if (created.status === 201) writes++;
      else failures.push(`POST ${created.status} ${created.body.code}`);
      const read = await api.get('/candidates?per_page=1');
      if (read.status !== 200) failures.push(`GET ${read.status} ${read.body.code}`);
    }
  };
  const clients = Array.from({ length: 8 }, client);
  for (const { process } of copies) await process.restart();
  done.abort();
  await Promise.all(clients);
  expect(failures).toEqual([]);
  // Each answered write is there, once: nothing was lost, nothing done twice.
  const { body } = await api.get('/candidates');
  expect(body.meta.total).toBe(writes);
  expect(writes).toBeGreaterThan(100);
});
