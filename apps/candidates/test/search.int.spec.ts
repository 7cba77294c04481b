import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CandidatePatch,
  candidates,
  type CreateCandidateInput,
  listCandidatesInput,
} from '@nexivo/contracts/candidates';
import { CANDIDATE_FIELDS } from '@nexivo/search/candidate-fields';
import { searchVector } from '@nexivo/search/vector';
import type { Cursor } from '@nexivo/contracts/pagination';
import type { RequestContext } from '@nexivo/bus/context';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { candidatesService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { candidatesEnv } from '../src/env.js';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  await world.start({ name: 'candidates', env: candidatesEnv, database, options: candidatesService });
});
afterAll(() => world.stop());

const FULL: CreateCandidateInput = {
  first_name: 'Zoë',
  last_name: "O'Brien-Łukasz",
  email: 'zoe.obrien@example.com',
  status: 'new',
  current_title: 'Full-stack C++ developer',
  current_company: 'ACME™ GmbH',
  city: 'Köln',
  state: 'NW',
  summary: 'Node.js since 2009; 工程师.',
  skills: ['Node.js', '.NET'],
  tags: ['top-talent'],
};
/** A word for each field, and a patch after which the candidate has it there. */
const CHANGES: [query: string, patch: CandidatePatch][] = [
  ['name:grace', { first_name: 'Grace' }],
  ['name:hopper', { last_name: 'Hopper' }],
  ['title:cobol', { current_title: 'COBOL' }],
  ['company:navy', { current_company: 'US Navy' }],
  ['skill:compilers', { skills: ['Compilers'] }],
  ['tag:admiral', { tags: ['admiral'] }],
  ['email:@navy.example', { email: 'grace@navy.example' }],
  ['city:arlington', { city: 'Arlington' }],
  ['state:va', { state: 'VA' }],
  ['summary:moth', { summary: 'Found a moth.' }],
];

const found = async (context: RequestContext, q: string): Promise<string[]> =>
  (await world.bus.request(candidates.list, listCandidatesInput.parse({ q }), context)).data.map(({ id }) => id);

/** Rows whose lexemes are not those of what else is in them. */
async function outOfStep({ accountId }: RequestContext): Promise<unknown[]> {
  const rows = await world.sql<{ id: string; search: string }>(
    'candidates',
    'select *, search::text from candidates where account_id = $1',
    [accountId],
  );
  const wanted = await world.sql<{ search: string }>(
    'candidates',
    'select lexemes::text as search from unnest($1::tsvector[]) with ordinality as t (lexemes, n) order by n',
    [rows.map((row) => searchVector(CANDIDATE_FIELDS, row))],
  );
  expect(rows.length).toBeGreaterThan(0);
  return rows.filter(({ search }, n) => search !== wanted[n]!.search);
}

describe('a list by relevance', () => {
  const list = (context: RequestContext, query: Record<string, unknown>) =>
    world.bus.request(
      candidates.list,
      { ...listCandidatesInput.parse({ q: 'java', sort: '-relevance' }), ...query },
      context,
    );
  /** So many with the word, the oldest of them best. */
  const add = ({ accountId }: RequestContext, count: number) =>
    world.sql(
      'candidates',
      `insert into candidates (account_id, id, first_name, last_name, email, status, skills, tags, custom_fields, search, created_at, updated_at)
       select $1, gen_random_uuid(), 'Jane', n, 'jane@example.com', 'new', '{}', '{}', '{}',
         setweight(to_tsvector('simple', 'java'), cast(case when n <= 20 then 'A' when n <= 40 then 'B' else 'D' end as "char")), at, at
       from generate_series(1, $2::int) as n, lateral (select timestamptz '2026-01-01' + n * interval '1 ms' as at) as times`,
      [accountId, count],
    );

  it('of many ranks the newest 5,000, lists these, and says so', async () => {
    const context = callFor();
    await add(context, 5_030);
    const first = await list(context, { per_page: 20 });
    expect(first.meta).toMatchObject({ total: 1_000, total_is_exact: false, rank_window_size: 5_000 });
    const best = Array.from({ length: 10 }, (_, n) => String(n + 31));
    const names = ({ data }: typeof first) => data.map(({ last_name }) => last_name);
    expect(names(first).slice(0, 10).toSorted()).toEqual(best);
    const seen: string[] = [];
    for (let cursor: Cursor | null = 'start'; cursor !== null;) {
      const page: typeof first = await list(context, { per_page: 100, cursor });
      expect(page.meta).toMatchObject({ per_page: 100, rank_window_size: 5_000 });
      seen.push(...names(page));
      cursor = page.meta.next ?? null;
    }
    expect(seen).toHaveLength(5_000);
    expect(new Set(seen.map(Number))).toEqual(new Set(Array.from({ length: 5_000 }, (_, n) => n + 31)));
    expect(names(await list(context, { per_page: 100, page: 50 }))).toEqual(seen.slice(-100));
    const behind = await list(context, { per_page: 100, page: 51 });
    expect(behind).toMatchObject({ data: [], meta: { rank_window_size: 5_000, next: null } });
  });

  it('of fewer ranks all', async () => {
    const context = callFor();
    await add(context, 1_100);
    for (const [page, rows] of [
      [1, 100],
      [11, 100],
      [12, 0],
    ]) {
      const { data, meta } = await list(context, { per_page: 100, page });
      expect(data).toHaveLength(rows!);
      expect(meta).not.toHaveProperty('rank_window_size');
    }
    const [best] = (await list(context, { per_page: 1 })).data;
    expect(Number(best!.last_name)).toBeLessThanOrEqual(20);
  });
});

describe('a candidate', () => {
  it.each(CHANGES)(
    'is found by %s as soon as the change is answered, and no more once it is undone',
    async (q, patch) => {
      const context = callFor();
      const { id } = await world.bus.request(candidates.create, FULL, context);
      expect(await found(context, q)).toEqual([]);
      await world.bus.request(candidates.update, { id, patch }, context);
      expect(await found(context, q)).toEqual([id]);
      expect(await outOfStep(context)).toEqual([]);
      const undone = Object.fromEntries(Object.keys(patch).map((name) => [name, FULL[name as keyof typeof FULL]]));
      await world.bus.request(candidates.update, { id, patch: undone }, context);
      expect(await found(context, q)).toEqual([]);
      expect(await outOfStep(context)).toEqual([]);
    },
  );

  it('is found as before when something else is changed, or cleared', async () => {
    const context = callFor();
    const { id } = await world.bus.request(candidates.create, FULL, context);
    await world.bus.request(candidates.update, { id, patch: { phone: '+49 221 1', status: 'available' } }, context);
    expect(await found(context, 'node.js "c++ developer" acme zoe lukasz koln 工程师')).toEqual([id]);
    await world.bus.request(candidates.update, { id, patch: { skills: null, tags: null, summary: null } }, context);
    expect(await found(context, 'node')).toEqual([]);
    await world.bus.request(candidates.delete, { id }, context);
    expect(await outOfStep(context)).toEqual([]);
  });

  it('shows nobody by what it is found', async () => {
    const context = callFor();
    const created = await world.bus.request(candidates.create, FULL, context);
    const updated = await world.bus.request(candidates.update, { id: created.id, patch: { city: 'Bonn' } }, context);
    const [listed] = (await world.bus.request(candidates.list, listCandidatesInput.parse({ q: 'bonn' }), context)).data;
    for (const shown of [created, updated, listed]) expect(shown).not.toHaveProperty('search');
    const events = await world.sql<{ payload: unknown }>(
      'candidates',
      'select payload from outbox where account_id = $1',
      [context.accountId],
    );
    expect(events).toHaveLength(2);
    expect(JSON.stringify(events)).not.toContain('"search"');
  });
});
