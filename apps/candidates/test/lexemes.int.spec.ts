import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { candidates, type CreateCandidateInput, listCandidatesInput } from '@nexivo/contracts/candidates';
import type { RequestContext } from '@nexivo/bus/context';
import { eventually } from '@nexivo/testing/poll';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { CANDIDATE_FIELDS } from '@nexivo/search/candidate-fields';
import { convertRows } from '@nexivo/search/search-conversion';
import { DataSource } from 'typeorm';
import { candidatesService } from '../src/app.module.js';
import { CandidateLexemes } from '../src/candidate-lexemes.js';
import { database } from '../src/database.js';
import { candidatesEnv } from '../src/env.js';

/** A candidate and the lexemes that the release before has written for it. */
const JOERG = {
  first_name: 'Jörg',
  last_name: "O'Brien-Müller",
  email: 'joerg@example.com',
  phone: '+49 (0)221 123-4567',
  current_title: 'Full-stack C++ developer',
  current_company: 'أحمد',
  city: 'Köln',
  state: 'NW',
  summary: 'Node.js since 2009; 工程师.',
  external_id: 'GH-4711',
};
const BEFORE =
  'Njorg:1A jorg:1A Nobrien:2A obrien:2A Nbrien:2A brien:2A Nmuller:3A muller:3A Nobrienmuller:3A obrienmuller:3A Tfull:7A full:7A ' +
  'Tstack:8A stack:8A Tfullstack:8A fullstack:8A Tc++:9A c++:9A Tdeveloper:10A developer:10A Cأحمد:14B أحمد:14B Knodejs:18B nodejs:18B ' +
  'Knode:18B node:18B K.js:18B .js:18B Kjs:18B js:18B K.net:22B .net:22B Knet:22B net:22B Ejoerg@example.com:29C joerg@example.com:29C ' +
  'E@example.com:29C @example.com:29C Eexamplecom:29C examplecom:29C Ejoerg:29C joerg:29C Eexample:29C example:29C Ykoln:33C koln:33C ' +
  'Snw:37C nw:37C Mnodejs:41D Mnode:41D M.js:41D Mjs:41D Msince:42D M2009:43D M工程:44D M程师:45D M师:46D';
/** What the release before makes of queries that find it. */
const ASKED_BEFORE = [
  `('jorg' | 'Mjorg')`,
  `('Nmuller')`,
  `('obrien' | ('o' <1> 'brien') | 'Mobrien' | ('Mo' <1> 'Mbrien'))`,
  `(('full' <1> 'stack' <1> 'c++' <1> 'developer') | ('Mfull' <1> 'Mstack' <1> 'Mc++' <1> 'Mdeveloper'))`,
  `('أحمد' | 'Mأحمد')`,
  `(('koln' | 'Mkoln') & !('bonn' | 'Mbonn'))`,
  `(('工程' <1> '程师') | ('M工程' <1> 'M程师'))`,
  `(('Tfull' <1> 'Tst':*) | 'Tfullst':*)`,
  `('@example.com' | 'M@example.com')`,
];

let world: World;
let lexemes: CandidateLexemes;
let source: DataSource;

beforeAll(async () => {
  world = await startWorld();
  const app = await world.start({ name: 'candidates', env: candidatesEnv, database, options: candidatesService });
  lexemes = app.get(CandidateLexemes);
  source = app.get(DataSource);
});
afterAll(() => world.stop());

const found = async (context: RequestContext, q: string): Promise<string[]> =>
  (await world.bus.request(candidates.list, listCandidatesInput.parse({ q, per_page: '100' }), context)).data.map(
    ({ id }) => id,
  );

/** Writes rows as the release before does. */
async function writeBefore({ accountId }: RequestContext, count: number): Promise<void> {
  const row = {
    account_id: accountId,
    ...JOERG,
    status: 'new',
    tags: [],
    skills: ['Node.js', '.NET'],
    custom_fields: {},
  };
  const columns = [...Object.keys(row), 'search', 'id'].join(', ');
  await world.sql(
    'candidates',
    `insert into candidates (${columns}) select ${columns} from jsonb_populate_recordset(null::candidates, $1)`,
    [
      JSON.stringify(
        Array.from({ length: count }, (_, n) => ({
          ...row,
          external_id: `GH-4711-${n}`,
          search: BEFORE,
          id: randomUUID(),
        })),
      ),
    ],
  );
}

const left = async ({ accountId }: RequestContext): Promise<number> => {
  const [row] = await world.sql<{ left: number }>(
    'candidates',
    `select count(*)::integer as left from candidates where account_id = $1 and not search @@ 'V2'::tsquery`,
    [accountId],
  );
  return row!.left;
};

describe('a row of the release before', () => {
  it('is found in the way of this one soon, and by the release before all the time', async () => {
    const context = callFor();
    await writeBefore(context, 1);
    const matches = async (): Promise<boolean[]> => {
      const rows = await world.sql<{ matches: boolean }>(
        'candidates',
        'select search @@ asked as matches from candidates, unnest($2::tsquery[]) as asked where account_id = $1',
        [context.accountId, ASKED_BEFORE],
      );
      return rows.map((row) => row.matches);
    };
    const all = ASKED_BEFORE.map(() => true);
    expect(await matches()).toEqual(all);
    expect(await found(context, 'joerg phone:"0221 1234567"')).toEqual([]);
    lexemes.start(20);
    await eventually(async () => expect(await left(context)).toBe(0));
    expect(await found(context, 'joerg mueller phone:"0221 1234567"')).toHaveLength(1);
    expect(await matches()).toEqual(all);
  });

  it('is converted by the migration, while others are written, and shows nothing of it', async () => {
    const context = callFor();
    const queryRunner = source.createQueryRunner();
    const migration = new (database.migrations.find(({ name }) => name.startsWith('ConvertSearch'))!)();
    try {
      await migration.down(queryRunner);
      await writeBefore(context, 1_600);
      const seen = await world.sql(
        'candidates',
        'select id, version, updated_at from candidates where account_id = $1 order by id',
        [context.accountId],
      );
      const over = new AbortController();
      const writing = (async () => {
        const created: string[] = [];
        while (!over.signal.aborted) {
          const input: CreateCandidateInput = { first_name: 'Ada', last_name: 'Writer', status: 'new' };
          created.push((await world.bus.request(candidates.create, input, context)).id);
          expect(await found(context, 'writer')).toContain(created.at(-1));
          await world.bus.request(
            candidates.update,
            { id: String(seen[0]!['id']), patch: { city: `City${created.length}` } },
            context,
          );
          expect(await found(context, `city:city${created.length}`)).toEqual([seen[0]!['id']]);
        }
        return created;
      })();
      await migration.up(queryRunner);
      over.abort();
      await writing;
      expect(await left(context)).toBe(0);
      const after = await world.sql(
        'candidates',
        `select id, version, updated_at from candidates where account_id = $1 and last_name <> 'Writer' order by id`,
        [context.accountId],
      );
      expect(after.slice(1)).toEqual(seen.slice(1));
      expect(await found(context, 'external_id:gh-4711-*')).toHaveLength(100);
      expect(await found(context, 'gh-4711-1599')).toHaveLength(1);
    } finally {
      await queryRunner.release();
    }
  });

  it('is left for later while another transaction holds it, and nobody waits', async () => {
    const context = callFor();
    const [holder, converter] = [source.createQueryRunner(), source.createQueryRunner()];
    const ask = async <Row extends object>(text: string, values: unknown[]): Promise<Row[]> =>
      (await converter.query(text, values)) as Row[];
    try {
      await lexemes.onModuleDestroy();
      await writeBefore(context, 3);
      await converter.query(`set lock_timeout = '10s'`);
      await holder.startTransaction();
      await holder.query('select from candidates where account_id = $1 order by id limit 1 for update', [
        context.accountId,
      ]);
      await convertRows(ask, 'candidates', CANDIDATE_FIELDS, undefined);
      expect(await left(context)).toBe(1);
      await holder.rollbackTransaction();
      await convertRows(ask, 'candidates', CANDIDATE_FIELDS, undefined);
      expect(await left(context)).toBe(0);
    } finally {
      await holder.release();
      await converter.release();
    }
  });
});

describe('a candidate is found by', () => {
  it.each([
    '+49 221 1234567',
    '0221 1234567',
    '0221/123-4567',
    'phone:"+49 (221) 1234567"',
    'phone:004922112345 67'.replace(' ', ''),
    'phone:34567',
    'GH-4711',
    'external_id:gh-47*',
    'last_name:muller first_name:jorg',
    'last_name:"o brien mueller"',
    'https://www.linkedin.com/in/joerg-mueller/?trk=x',
    'link:de.linkedin.com/in/joerg-mueller',
    'link:joerg-mueller',
    'country:de source:referral current_company:احمد',
  ])('%s', async (q) => {
    const context = callFor();
    const { id } = await world.bus.request(
      candidates.create,
      {
        ...JOERG,
        status: 'new',
        country: 'DE',
        source: 'Referral',
        linkedin_url: 'https://www.linkedin.com/in/joerg-mueller',
      },
      context,
    );
    expect(await found(context, q)).toEqual([id]);
    expect(await found(context, `java OR (${q})`)).toEqual([id]);
  });

  it.each(['phone:2345678', '0221 7654321', 'first_name:muller', 'de', 'referral', 'external_id:4711'])(
    'its own words only: not by %s',
    async (q) => {
      const context = callFor();
      await world.bus.request(
        candidates.create,
        { ...JOERG, status: 'new', country: 'DE', source: 'Referral' },
        context,
      );
      expect(await found(context, q)).toEqual([]);
    },
  );
});

describe('what only excludes', () => {
  it('is answered beside a filter, and refused without one', async () => {
    const context = callFor();
    await world.bus.request(candidates.create, { ...JOERG, status: 'new' }, context);
    const other = { first_name: 'Ada', last_name: 'Lovelace', status: 'new' as const, city: 'Köln' };
    const { id } = await world.bus.request(candidates.create, other, context);
    const list = (query: Record<string, string>) =>
      world.bus.request(candidates.list, listCandidatesInput.parse(query), context);
    expect((await list({ q: '-developer', city: 'Köln' })).data.map((row) => row.id)).toEqual([id]);
    await expect(list({ q: '-developer' })).rejects.toMatchObject({ code: 'validation_failed' });
  });
});

describe('by relevance', () => {
  const order = async (context: RequestContext, q: string): Promise<string[]> =>
    (await world.bus.request(candidates.list, listCandidatesInput.parse({ q, sort: '-relevance' }), context)).data.map(
      ({ last_name }) => last_name,
    );
  const add = (context: RequestContext, last_name: string, more: Partial<CreateCandidateInput>) =>
    world.bus.request(candidates.create, { first_name: 'A', last_name, status: 'new', ...more }, context);

  it('what a query excludes changes nothing in the order of what it finds', async () => {
    const context = callFor();
    await add(context, 'Title', { current_title: 'Java developer' });
    await add(context, 'Summary', { summary: 'java, java and java' });
    expect(await order(context, 'java')).toEqual(['Title', 'Summary']);
    expect(await order(context, 'java -cobol')).toEqual(['Title', 'Summary']);
  });

  it('a title counts for more than two words that are near each other in a summary', async () => {
    const context = callFor();
    await add(context, 'Title', {
      current_title: 'Java lead',
      summary: 'Knows a lot, for years, and of late also spring',
    });
    await add(context, 'Summary', { summary: 'java spring, kotlin boot' });
    expect(await order(context, '(java OR kotlin) AND (spring OR boot)')).toEqual(['Title', 'Summary']);
  });
});
