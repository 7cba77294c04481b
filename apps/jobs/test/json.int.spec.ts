import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readBothWays } from '@nexivo/testing/same-json';
import { startWorld, type World } from '@nexivo/testing/world';
import { DataSource } from 'typeorm';
import { jobsService } from '../src/app.module.js';
import { JOB } from '../src/job.entity.js';
import { database } from '../src/database.js';
import { jobsEnv } from '../src/env.js';

let world: World;
let source: DataSource;

beforeAll(async () => {
  world = await startWorld();
  const app = await world.start({ name: 'jobs', env: jobsEnv, database, options: jobsService });
  source = app.get(DataSource);
});
afterAll(() => world.stop());

it('a job is sent as the JSON of its resource, byte for byte, whatever its row has', async () => {
  await readBothWays(source, JOB, ({ sent, made }) => {
    expect(made.length).toBeGreaterThan(0);
    expect(sent).toEqual(made);
  });
});
