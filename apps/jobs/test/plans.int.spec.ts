import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestContext } from '@nexivo/bus/context';
import { JOB_SORT_KEYS, jobs, listJobsInput } from '@nexivo/contracts/jobs';
import { BY_RELEVANCE } from '@nexivo/contracts/pagination';
import { filtersOf } from '@nexivo/testing/list-input';
import { type Scan, scansOf } from '@nexivo/testing/plans';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { jobsService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { jobsEnv } from '../src/env.js';

const LARGE = 30_000;
const SMALL = 50;
/** One of so many jobs has the values that are asked for. */
const RARE = 1_000;

let world: World;
const large = callFor();
const small = callFor();

/** Each filter, with values that few rows have. */
const FILTERS: Record<string, Record<string, string>> = {
  status: { status: 'on_hold' },
  department: { department: 'Rare' },
  employment_type: { employment_type: 'internship' },
  workplace: { workplace: 'remote,hybrid' },
  location_city: { location_city: 'Rare' },
  external_id: { external_id: 'X-500' },
  tag: { tag: 'rare' },
  created_after: { created_after: daysAgo(1) },
  created_before: { created_before: daysAgo(29.9) },
  updated_after: { updated_after: daysAgo(1), sort: 'updated_at' },
  updated_before: { updated_before: daysAgo(29.9) },
  title: { title: 'engineer 777' },
};

beforeAll(async () => {
  world = await startWorld();
  await world.start({ name: 'jobs', env: jobsEnv, database, options: jobsService });
  for (const [{ accountId }, count] of [[large, LARGE] as const, [small, SMALL] as const]) {
    await world.sql(
      'jobs',
      `insert into jobs (account_id, id, title, department, location_city, employment_type, workplace, openings, status, tags,
         external_id, custom_fields, opened_at, created_at, updated_at, search)
       select $1::uuid, gen_random_uuid(), 'Engineer ' || n, case when rare then 'Rare' else 'Sales' end,
         case when rare then 'Rare' else 'Berlin' end, case when rare then 'internship' else 'full_time' end,
         case when rare then 'remote' else 'on_site' end, 1, case when rare then 'on_hold' else 'open' end,
         case when rare then array['rare'] else array['common'] end, 'X-' || n, '{}', at, at, at, ''
       from (
         select n, n % ${RARE} = 7 as rare, now() - interval '30 days' * (1 - n::float8 / $2::int) as at
         from generate_series(1, $2::int) n
       ) each`,
      [accountId, count],
    );
  }
  await world.sql('jobs', 'vacuum analyze jobs');
});
afterAll(() => world.stop());

const scans = (context: RequestContext, query: Record<string, string>): Promise<Scan[]> =>
  scansOf(world.urlOf('jobs'), ['jobs'], context.accountId, () =>
    world.bus.request(jobs.list, listJobsInput.parse(query), context),
  );

it('every filter is tried', () => {
  expect(Object.keys(FILTERS)).toEqual(expect.arrayContaining(filtersOf(listJobsInput)));
});

describe.each(Object.keys(FILTERS))('%s', (name) => {
  it('leads to the jobs that have it, in a large account', async () => {
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

it.each(JOB_SORT_KEYS.filter((key) => key !== BY_RELEVANCE))(
  'a page by %s reads hardly more than it shows',
  async (key) => {
    const read = await scans(large, { sort: key, cursor: 'start' });
    expect(read.filter(({ rows }) => rows > 100)).toEqual([]);
  },
);

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}
