import { expect, it } from '@jest/globals';
import { Busy } from '@nexivo/bus/busy';
import { eventually } from '@nexivo/testing/poll';
import { WakeUp } from '@nexivo/runtime/wake-up';
import { POSTGRES_URL } from '@nexivo/testing/global-setup';
import { pino } from 'pino';
import { DataSource } from 'typeorm';
import { JobRunner } from '../src/deliveries/job.runner.js';
import { CompletionWriter } from '../src/queue/completion.writer.js';
import type { Completion } from '../src/queue/queue.types.js';

it('jobs and attempts whose pool is full wait for it: nothing is called away, and nothing an error', async () => {
  const lines: { level: number; msg: string }[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const url = process.env[POSTGRES_URL]!;
  const database = await new DataSource({ type: 'postgres', url, poolSize: 1, connectTimeoutMS: 100 }).initialize();
  const taken = database.createQueryRunner();
  await taken.connect();
  const jobs = new JobRunner(database, logger, new WakeUp());
  jobs.onApplicationBootstrap();

  const written: number[] = [];
  const write = (batch: readonly Completion[]): Promise<{ tooLate: never[]; disabled: never[] }> => {
    written.push(batch.length);
    return written.length === 1
      ? Promise.reject(new Busy('The service had too much to do.'))
      : Promise.resolve({ tooLate: [], disabled: [] });
  };
  const writer = new CompletionWriter(write, () => undefined, logger);
  for (const id of ['a', 'b']) writer.add({ delivery: { id } } as unknown as Completion, performance.now());
  await writer.drained();
  // A batch that nobody has refused is not taken apart.
  expect(written).toEqual([2, 2]);

  await eventually(() => expect(lines).toHaveLength(3));
  const { info, warn } = pino.levels.values;
  expect(lines).toMatchObject([
    { level: warn, msg: 'writing down attempts: what it needs is busy; trying on' },
    { level: info, msg: 'writing down attempts: works again' },
    { level: warn, msg: 'jobs of webhooks: what it needs is busy; trying on' },
  ]);
  await jobs.onModuleDestroy();
  await taken.release();
  await database.destroy();
});
