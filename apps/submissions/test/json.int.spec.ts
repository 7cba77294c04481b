import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readBothWays } from '@nexivo/testing/same-json';
import { startWorld, type World } from '@nexivo/testing/world';
import { DataSource } from 'typeorm';
import { submissionsService } from '../src/app.module.js';
import { SUBMISSION } from '../src/submission.entity.js';
import { database } from '../src/database.js';
import { submissionsEnv } from '../src/env.js';

let world: World;
let source: DataSource;

beforeAll(async () => {
  world = await startWorld();
  const app = await world.start({ name: 'submissions', env: submissionsEnv, database, options: submissionsService });
  source = app.get(DataSource);
});
afterAll(() => world.stop());

it('a submission is sent as the JSON of its resource, byte for byte, whatever its row has', async () => {
  await readBothWays(source, SUBMISSION, ({ sent, made }) => {
    expect(made.length).toBeGreaterThan(0);
    expect(sent).toEqual(made);
  });
});
