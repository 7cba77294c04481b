import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestContext } from '@nexivo/bus/context';
import { listSubmissionsInput, SUBMISSION_SORT_KEYS, submissions } from '@nexivo/contracts/submissions';
import { filtersOf } from '@nexivo/testing/list-input';
import { type Scan, scansOf } from '@nexivo/testing/plans';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { submissionsService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { submissionsEnv } from '../src/env.js';

const LARGE = 30_000;
const SMALL = 50;
/** One of so many submissions has the values that are asked for. */
const RARE = 1_000;
const JOB = randomUUID();
const CANDIDATE = randomUUID();

let world: World;
const large = callFor();
const small = callFor();

/** Each filter, with values that few rows have. */
const FILTERS: Record<string, Record<string, string>> = {
  job_id: { job_id: JOB },
  candidate_id: { candidate_id: CANDIDATE },
  stage: { stage: 'offer' },
  created_after: { created_after: daysAgo(1) },
  created_before: { created_before: daysAgo(29.9) },
  updated_after: { updated_after: daysAgo(1), sort: 'updated_at' },
  updated_before: { updated_before: daysAgo(29.9) },
};

beforeAll(async () => {
  world = await startWorld();
  await world.start({ name: 'submissions', env: submissionsEnv, database, options: submissionsService });
  for (const [{ accountId }, count] of [[large, LARGE] as const, [small, SMALL] as const]) {
    await world.sql(
      'submissions',
      `insert into submissions (account_id, id, job_id, candidate_id, stage, stage_changed_at, rejected_at, created_at, updated_at)
       select $1::uuid, gen_random_uuid(), case when rare then $3::uuid else gen_random_uuid() end,
         case when n % ${RARE} = 9 then $4::uuid else gen_random_uuid() end,
         case when rare then 'offer' else 'rejected' end, at, case when not rare then at end, at, at
       from (
         select n, n % ${RARE} = 7 as rare, now() - interval '30 days' * (1 - n::float8 / $2::int) as at
         from generate_series(1, $2::int) n
       ) each`,
      [accountId, count, JOB, CANDIDATE],
    );
  }
  await world.sql('submissions', 'vacuum analyze submissions');
});
afterAll(() => world.stop());

const scans = (context: RequestContext, query: Record<string, string>): Promise<Scan[]> =>
  scansOf(world.urlOf('submissions'), ['submissions'], context.accountId, () =>
    world.bus.request(submissions.list, listSubmissionsInput.parse(query), context),
  );

it('every filter is tried', () => {
  expect(Object.keys(FILTERS)).toEqual(expect.arrayContaining(filtersOf(listSubmissionsInput)));
});

describe.each(Object.keys(FILTERS))('%s', (name) => {
  it('leads to the submissions that have it, in a large account', async () => {
    for (const query of [FILTERS[name]!, { ...FILTERS[name]!, cursor: 'start' }]) {
      const read = await scans(large, query);
      expect(read.length).toBeGreaterThan(0);
      // A day is a thirtieth of all.
      expect(read.filter(({ how, rows }) => how === 'Seq Scan' || rows > LARGE / 20)).toEqual([]);
    }
  });

  it('looks at no other account', async () => {
    expect((await scans(small, FILTERS[name]!)).filter(({ rows }) => rows > 2 * SMALL)).toEqual([]);
  });
});

it.each(SUBMISSION_SORT_KEYS)('a page by %s reads hardly more than it shows', async (key) => {
  const read = await scans(large, { sort: key, cursor: 'start' });
  expect(read.filter(({ rows }) => rows > 100)).toEqual([]);
});

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}
