import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { type Replica, startReplica } from './replica.js';
import { type RunningStack, runStack } from './running-stack.js';

let running: RunningStack;
let api: Api;
const replicas: Pick<Replica, 'process' | 'logFile'>[] = [];

beforeAll(async () => {
  running = await runStack({ autoRestart: false });
  api = await running.client();
  const { stack } = running;
  replicas.push({ process: stack.services.candidates, logFile: join(stack.dataDir, 'logs/candidates.log') });
  replicas.push(await startReplica(stack, 'candidates'), await startReplica(stack, 'candidates'));
});
afterAll(async () => {
  await Promise.all(replicas.map(({ process }) => process.stop()));
  await running.stop();
});

/** How many commands a replica says it has served. */
const served = (logFile: string): number => readFileSync(logFile, 'utf8').split('"msg":"command"').length - 1;

it('three replicas of candidates share the load', async () => {
  const before = replicas.map(({ logFile }) => served(logFile));
  const answers = await Promise.all(Array.from({ length: 150 }, () => api.get('/candidates')));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  // A replica answers before it logs.
  const shares = await eventually(() => {
    const counts = replicas.map(({ logFile }, n) => served(logFile) - before[n]!);
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
  for (const { process } of replicas) await process.restart();
  done.abort();
  await Promise.all(clients);
  expect(failures).toEqual([]);
  // Each answered write is there, once: nothing was lost, nothing done twice.
  const { body } = await api.get('/candidates');
  expect(body.meta.total).toBe(writes);
  expect(writes).toBeGreaterThan(100);
});
