import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ListCandidatesInput, candidates, listCandidatesInput } from '@nexivo/contracts/candidates';
import type { RequestContext } from '@nexivo/bus/context';
import type { Statement } from '@nexivo/store/pool';
import { CANDIDATE_FIELDS } from '@nexivo/search/candidate-fields';
import { searchVector } from '@nexivo/search/vector';
import { planOf, statementsOf } from '@nexivo/testing/statements';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { DataSource } from 'typeorm';
import { candidatesService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { candidatesEnv } from '../src/env.js';

/** A node of a plan that was carried out (PostgreSQL, EXPLAIN, format JSON). */
interface PlanNode {
  'Node Type': string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
}

const LARGE = 20_000;
const SMALL = 50;
/** What looking up a few index entries and {@link SMALL} rows can take. */
const FEW_BLOCKS = 200;

let world: World;
let source: DataSource;
const large = callFor();
const small = callFor();

function fill({ accountId }: RequestContext, count: number): Promise<unknown> {
  const rows = Array.from({ length: count }, (_, n) => {
    const row = {
      account_id: accountId,
      id: randomUUID(),
      first_name: 'Jane',
      last_name: `Smith${n}`,
      email: `jane${n}@example.com`,
      status: ['new', 'screening', 'placed'][n % 3],
      city: ['Berlin', 'Köln'][n % 2],
      current_title: 'Software Engineer',
      skills: ['TypeScript', `Skill${n % 40}`],
      tags: [],
      summary: 'Engineer in Berlin',
      custom_fields: {},
    };
    return { ...row, search: searchVector(CANDIDATE_FIELDS, row) };
  });
  const columns = Object.keys(rows[0]!).join(', ');
  return world.sql(
    'candidates',
    `insert into candidates (${columns}) select ${columns} from jsonb_populate_recordset(null::candidates, $1)`,
    [JSON.stringify(rows)],
  );
}

beforeAll(async () => {
  world = await startWorld();
  const app = await world.start({ name: 'candidates', env: candidatesEnv, database, options: candidatesService });
  source = app.get(DataSource);
  await fill(large, LARGE);
  for (let n = 0; n < 20; n++) await fill(callFor(), SMALL);
  await fill(small, SMALL);
  await world.sql('candidates', 'vacuum analyze candidates');
});
afterAll(() => world.stop());

/** The statements that a list makes the service ask, when it is asked for so many times at once. */
async function statementsOfList(
  context: RequestContext,
  query: Partial<ListCandidatesInput>,
  times = 1,
): Promise<Statement[]> {
  const input = { ...listCandidatesInput.parse({}), ...query };
  const statements = await statementsOf(source, () =>
    Promise.all(Array.from({ length: times }, () => world.bus.request(candidates.list, input, context))),
  );
  return statements.filter(({ text }) => text.includes('"candidates"'));
}

const plan = (statement: Statement): Promise<PlanNode> => planOf<PlanNode>(source, statement);

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** How many rows or entries of an index a scan looked at. */
const looked = (node: PlanNode): number =>
  (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) *
  node['Actual Loops'];

const costOf = (root: PlanNode) => ({
  rows: Math.max(
    ...nodesOf(root)
      .filter((node) => node['Node Type'].endsWith('Scan'))
      .map(looked),
  ),
  blocks: root['Shared Hit Blocks'] + root['Shared Read Blocks'],
});

const QUERIES: [string, Partial<ListCandidatesInput>][] = [
  ['the first page', {}],
  ['a status', { status: ['placed'] }],
  ['another order', { sort: 'last_name' }],
  ['a cursor', { cursor: 'start' }],
  ['a city', { city: ['Berlin'] }],
  ['a name that is typed', { name: 'ja' }],
  ['a last name that is typed', { name: 'smith1' }],
  ['a letter and a name that are typed', { name: 'j smith1' }],
  ['two cities', { city: ['Berlin', 'Köln'] }],
  ['a phone number', { phone: '0221 1234567' }],
  ['what somebody does not have', { q: '-plumber', city: ['Berlin'] }],
  ['a skill', { skill: ['TypeScript'] }],
  ['words that all have', { q: 'engineer berlin' }],
  ['words that all have, by relevance', { q: 'engineer berlin', sort: '-relevance' }],
  ['a word of a field', { q: 'title:engineer' }],
  ['a phrase', { q: '"software engineer"' }],
  ['the beginning of a word', { q: 'eng*' }],
  ['the beginning of a word beside a name', { q: 'name:smith7 eng*' }],
  ['the beginning of a word beside what all have', { q: 'engineer skill:ski*' }],
  ['a rare word', { q: 'skill:skill7' }],
  ['a name', { q: 'smith7 OR smith8' }],
  ['what nobody has', { q: 'plumber' }],
  ['a word without another', { q: 'engineer NOT plumber' }],
];

describe('a small account beside a large one', () => {
  it.each(QUERIES)('looks at its own rows only: %s', async (_, query) => {
    const statements = await statementsOfList(small, query);
    expect(statements.length).toBeGreaterThan(0);
    for (const statement of statements) {
      const cost = costOf(await plan(statement));
      expect({ ...cost, text: statement.text, few: cost.rows <= 2 * SMALL && cost.blocks <= FEW_BLOCKS }).toMatchObject(
        { few: true },
      );
    }
  });

  it('would be seen to look at others, since a large account does look at all of its own', async () => {
    const statements = await statementsOfList(large, { q: 'engineer berlin', sort: '-relevance' });
    const costs = await Promise.all(statements.map(async (statement) => costOf(await plan(statement))));
    expect(Math.max(...costs.map(({ rows }) => rows))).toBeGreaterThanOrEqual(5_000);
    expect(Math.max(...costs.map(({ blocks }) => blocks))).toBeGreaterThan(FEW_BLOCKS);
  });
});

describe('a page', () => {
  it.each<[string, Partial<ListCandidatesInput>]>([
    ['by number', {}],
    ['by cursor', { cursor: { value: '2030-01-01T00:00:00.000Z', id: crypto.randomUUID() } }],
  ])('is planned for the account that asks, and not for one of average size: %s', async (_, query) => {
    const [statement, ...others] = await statementsOfList(large, query);
    expect(others).toEqual([]);
    // Of a statement with a name Postgres keeps a plan for all.
    expect(statement!.name).toBeUndefined();
    expect(costOf(await plan(statement!)).rows).toBeLessThan(100);
  });
});

describe('a search in a large account', () => {
  it.each<[string, Partial<ListCandidatesInput>, number]>([
    // Every account has one.
    ['looks up no more than its words leave', { q: 'smith7' }, 22],
    ['goes by another filter that leaves less', { q: 'engineer', updated_after: '2100-01-01T00:00:00.000Z' }, 0],
  ])('%s', async (_, query, rows) => {
    for (const statement of await statementsOfList(large, query)) expect(costOf(await plan(statement)).rows).toBe(rows);
  });
});

describe('a name that is typed in a large account', () => {
  it.each<[string, string, number]>([
    ['that all begin with: reads a page of an index', 'ja', 26],
    ['that all last names begin with: reads a page of another', 'smith', 26],
    ['that few have: looks up no more than these', 'smith777', 31],
    ['a letter and what few have: looks up the few', 'j smith777', 31],
  ])('%s', async (_, name, rows) => {
    const statements = await statementsOfList(large, { name });
    for (const statement of statements) expect(costOf(await plan(statement)).rows).toBeLessThanOrEqual(rows);
    const indexOf = async (statement: Statement): Promise<unknown[]> =>
      nodesOf(await plan(statement)).map((node) => (node as unknown as { 'Index Name'?: string })['Index Name']);
    expect(await indexOf(statements[0]!)).toContain('candidates_label');
    if (statements[1]) expect(await indexOf(statements[1])).toContain('candidates_last_name_first');
  });
});

describe('a search for much in a large account', () => {
  const phrases = Array.from({ length: 30 }, (_, n) => `"title ${n} engineer"`)
    .concat('"software engineer"')
    .join(' OR ');
  const words = `skill:(${Array.from({ length: 60 }, (_, n) => `skill${n}`).join(' OR ')})`;
  const scanned = async (query: Partial<ListCandidatesInput>): Promise<number> => {
    const statements = await statementsOfList(large, query);
    return Math.max(...(await Promise.all(statements.map(async (each) => costOf(await plan(each)).rows))));
  };

  it.each([
    ['words that all have', 'engineer berlin'],
    ['phrases', phrases],
    ['many words', words],
  ])('stops when it has found as many as are counted: %s', async (_, q) => {
    // Half of them live in Berlin.
    expect(await scanned({ q })).toBeLessThan(3_000);
  });

  it('by relevance ranks no more than the newest 5,000', async () => {
    expect(await scanned({ q: 'engineer', sort: '-relevance' })).toBe(5_000);
    expect(await scanned({ q: phrases, sort: '-relevance' })).toBe(5_000);
  });
});

describe('a list that is too long to be counted', () => {
  const counting = (statements: Statement[]): number =>
    statements.filter(({ text }) => text.includes('materialized')).length;

  it('is looked for once, however many ask for it at once, and then not for a while', async () => {
    const statements = await statementsOfList(large, { q: 'software' }, 8);
    expect([counting(statements), statements.length]).toEqual([1, 9]);
    expect(counting(await statementsOfList(large, { q: 'software', page: 3 }))).toBe(0);
    expect(counting(await statementsOfList(large, { q: 'software', city: ['Berlin'] }))).toBe(1);
  });

  it('is the same one wherever it ends for the moment', async () => {
    const sync = { updated_after: '2020-01-01T00:00:00.000Z' };
    expect(counting(await statementsOfList(large, sync))).toBe(1);
    expect(counting(await statementsOfList(large, sync))).toBe(0);
    expect(counting(await statementsOfList(large, { updated_after: '2020-01-02T00:00:00.000Z' }))).toBe(1);
  });
});
