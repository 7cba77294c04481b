import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainError } from '@nexivo/bus/domain-error';
import { relevanceOf } from '@nexivo/store/found-rows';
import { migrate } from '@nexivo/store/migrations';
import { poolOf } from '@nexivo/store/pool';
import { DataSource, EntitySchema } from 'typeorm';
import { addSearchColumnV1 } from '../src/search.table.js';
import { filterByAccountAndSearch } from '../src/search-filter.js';
import { accountCondition, planSearch, searchConditions, WHOLE } from '../src/search-plan.js';
import { compileSearch } from '../src/tsquery.js';
import { People, PEOPLE, peopleDatabase, type Person } from './people.js';

let people: People;
beforeAll(async () => {
  people = await People.start();
});
afterAll(() => people.stop());

const finds = async (person: Partial<Person>, query: string): Promise<boolean> =>
  (await people.find(await people.add([person]), query)).length === 1;

/** Whether a title of this text is found, by the title and without a field alike, and a summary of it too. */
async function textIsFound(text: string, query: string): Promise<boolean> {
  const accountId = await people.add([{ title: text }, { summary: text }]);
  const [free, inTitle, inSummary] = await Promise.all(
    [query, `title:(${query})`, `summary:(${query})`].map((q) => people.find(accountId, q)),
  );
  expect([free, inTitle, inSummary]).toEqual(free?.length === 0 ? [[], [], []] : [[0, 1], [0], [1]]);
  return free?.length === 2;
}

describe('a text is found', () => {
  it.each([
    ['Jos\u00e9', 'jose'],
    ['Jose\u0301', 'jos\u00e9'],
    ['JOSE', 'jose\u0301'],
    ['\u0130stanbul', 'istanbul'],
    ['Wei\u00df', 'WEISS'],
    ['S\u00f8ren \u0141ukasz', 'soren lukasz'],
    ['of\ufb01ce', 'OFFICE'.toLowerCase()],
    ['\uff35\uff38 design', 'ux'],
    ['\u03a3\u039f\u03a6\u039f\u03a3', '\u03c3\u03bf\u03c6\u03bf\u03c2'],
    ['\u0418\u0432\u0430\u043d', '\u0438\u0432\u0430\u043d'],
    ['C++', 'C++'],
    ['C++, Java', 'c++'],
    ['Modern C++11/14', 'c++'],
    ['C#.', 'C#'],
    ['F#/C#', 'c#'],
    ['.NET', '.NET'],
    ['.Net Core', '.net'],
    ['ASP.NET', '.net'],
    ['ASP.NET', 'asp.net'],
    ['ASP .NET', 'asp.net'],
    ['.NET', 'net'],
    ['Node.js', 'Node.js'],
    ['Node.js.', 'node.js'],
    ['NodeJS', 'node.js'],
    ['Node JS', 'node.js'],
    ['Node.js', 'nodejs'],
    ['Node.js', 'node'],
    ['Node.js', '.js'],
    ['full-stack', 'full-stack'],
    ['full-stack', 'fullstack'],
    ['full-stack', '"full stack"'],
    ['full-stack', 'stack'],
    ['full stack', 'full-stack'],
    ['Fullstack', 'full-stack'],
    ['full\u2013stack', 'full\u2010stack'],
    ['Senior full-stack developer', '"senior full-stack developer"'],
    ['Senior full-stack developer', '"senior full stack developer"'],
    ['full-stack developer', '"fullstack developer"'],
    ["Conan O'Brien", "o'brien"],
    ['Conan O\u2019Brien', "o'brien"],
    ["Conan O'Brien", 'o\u2019brien'],
    ["Conan O'Brien", 'obrien'],
    ['Conan OBrien', "o'brien"],
    ['Conan O Brien', "o'brien"],
    ["Conan O'Brien", 'brien'],
    ["Conan O'Brien", '"conan obrien"'],
    ["Conan O'Brien", 'o brien'],
    ["Conan O'Brien", '"conan o brien"'],
    ['Conan O Brien', '"conan o brien"'],
    ['M\u00fcller', 'mueller'],
    ['M\u00fcller', 'muller'],
    ['Mueller', 'm\u00fcller'],
    ['Muller', 'm\u00fcller'],
    ['Mu\u0308ller', 'mueller'],
    ['M\u00dcLLER-L\u00dcDENSCHEIDT', 'muellerluedenscheidt'],
    ['Gro\u00dfj\u00f6rg', 'grossjoe*'],
    ['J\u00f6rg Mueller', '"joerg m\u00fcller"'],
    ['\u0623\u062d\u0645\u062f', '\u0627\u062d\u0645\u062f'],
    ['\u0627\u062d\u0645\u062f', '\u0623\u062d\u0645\u062f'],
    ['\u0622\u062f\u0645', '\u0627\u062f\u0645'],
    ['\u0645\u0635\u0637\u0641\u0649', '\u0645\u0635\u0637\u0641\u064a'],
    ['\u0641\u0627\u0637\u0645\u0629', '\u0641\u0627\u0637\u0645\u0647'],
    ['\u0639\u0644\u0627\u0621', '\u0639\u0644\u0627'],
    ['\u0639\u0644\u0627', '\u0639\u0644\u0627\u0621'],
    ['Entwickler*in', 'Entwickler*in'],
    ['Entwickler:in', 'Entwickler*in'],
    ['Entwicklerin', 'Entwickler*in'],
    ['Entwickler_in', 'Entwickler:in'],
    ['Entwickler*in', 'entwickler'],
    ['Software-Entwickler*in', '"software-entwickler*in"'],
    ['Senior Softwareentwicklerin', '"senior softwareentwickler*in"'],
    ["l'universit\u00e9", 'universite'],
    ['Ph.D.', 'phd'],
    ['PhD', 'Ph.D.'],
    ['U.S.A.', 'usa'],
    ['snake_case', 'snakecase'],
    ['jane.smith+cv@example.com', 'jane.smith+cv@example.com'],
    ['Mail: <Jane.Smith@Example.com>,', 'jane.smith@example.com'],
    ['jane.smith@example.com', 'smith'],
    ['jane.smith@example.com', 'jane.smith'],
    ['jane.smith@example.com', 'example.com'],
    ['jane.smith@example.com', '@example.com'],
    ['jane.smith@example.com', 'jane.smith@ex*'],
    ['jane.smith@example.com', 'jane.sm*'],
    ['https://www.example.com/in/jane?x=1', 'https://www.example.com/in/jane?x=1'],
    ['https://www.example.com/in/jane', 'example.com/in/jane'],
    ['see example.com.', 'http://example.com OR example.com'],
    ['R&D, CI/CD', 'R&D CI/CD'],
    ['5+ years', '"5 years"'],
    ['5+ years', '5+'],
    ['GPA 3.5', '3.5'],
    ['2019-2024', '2019 2024'],
    ['10:30', '10:30'],
    ['Acme\u2122', 'acme'],
    ['\u20b950,000', '50'],
    ['\uf0b7Java\u2022Python', 'java python'],
    ['co\u00adoperate', 'cooperate'],
    ['\u200eJava\u200f', 'java'],
    ['\u8f6f\u4ef6\u5de5\u7a0b\u5e08', '\u5de5\u7a0b'],
    ['\u8f6f\u4ef6\u5de5\u7a0b\u5e08', '\u8f6f\u4ef6\u5de5\u7a0b\u5e08'],
    ['\u8f6f\u4ef6\u5de5\u7a0b\u5e08', '\u5e08'],
    ['\u8f6f\u4ef6\u5de5\u7a0b\u5e08', '\u5de5*'],
    ['\u9ad8\u7ea7Java\u5de5\u7a0b\u5e08', '"java \u5de5\u7a0b\u5e08"'],
    ['\u30b8\u30e7\u30f3\uff65\u30b9\u30df\u30b9', '\u30b9\u30df\u30b9'],
    ['\uff7c\uff9e\uff6e\uff9d', '\u30b8\u30e7\u30f3'],
    ['\uac1c\ubc1c\uc790\ub294', '\uac1c\ubc1c\uc790'],
    ['\u0e27\u0e34\u0e28\u0e27\u0e01\u0e23\u0e42\u0e22\u0e18\u0e32', '\u0e42\u0e22\u0e18\u0e32'],
    ['engineering', 'engin*'],
    ['full-stack', 'full-st*'],
    ['Node.js', 'node.js*'],
    ['C++', 'c+*'],
    ['.NET', '.ne*'],
  ])('%s by %s', async (text, query) => expect(await textIsFound(text, query)).toBe(true));
});

describe('a text is not found', () => {
  it.each([
    ['C++', 'c'],
    ['C#', 'c'],
    ['C', 'c++'],
    ['C++', 'c#'],
    ['net income', '.net'],
    ['jane@comcast.net', '.net'],
    ['node, express, js', 'node.js'],
    ['stack full', 'full-stack'],
    ['full service, tech stack', '"full stack"'],
    ['Brien O', "o'brien"],
    ['jane.smith@example.com.au', 'jane.smith@example.com'],
    ['jane@example.org, smith@example.com', 'jane@example.com'],
    ['35 years', '3.5'],
    ['3-5 years', '3.5'],
    ['engineering', 'engineer'],
    ['engineer', 'engine'],
    ['reengineering', 'engin*'],
    ['Mueller', 'muller'],
    ['Entwickler', 'Entwickler*in'],
    ['software test engineer', '"software engineer"'],
    ['\u8f6f\u4ef6\u5de5\u7a0b\u5e08', '\u4ef6\u7a0b'],
    ['\u8f6f\u4ef6\uff0c\u5de5\u7a0b', '\u4ef6\u5de5'],
  ])('%s by %s', async (text, query) => expect(await textIsFound(text, query)).toBe(false));
});

describe('a person with an East Asian name', () => {
  const TARO = { first_name: '\u592a\u90ce', last_name: '\u5c71\u7530' };
  it.each([
    [TARO, '\u5c71\u7530\u592a\u90ce'],
    [TARO, '\u5c71\u7530 \u592a\u90ce'],
    [TARO, '"\u5c71\u7530 \u592a\u90ce"'],
    [TARO, '"\u592a\u90ce \u5c71\u7530"'],
    [TARO, 'name:\u5c71\u7530\u592a*'],
    [{ first_name: '\u660e', last_name: '\u674e' }, '\u674e\u660e'],
    [{ first_name: '\uae38\ub3d9', last_name: '\ud64d' }, '\ud64d\uae38\ub3d9'],
  ])('%j is found by %s', async (person, query) => expect(await finds(person, query)).toBe(true));

  it('is not found by parts of two names in the wrong order', async () => {
    expect(await finds(TARO, '\u592a\u90ce\u5c71\u7530')).toBe(false);
  });
});

describe('fields', () => {
  const jane: Partial<Person> = {
    first_name: 'Jane',
    last_name: 'Engineer',
    title: 'Senior Developer',
    skills: ['Machine Learning', 'Java', 'Script Writing'],
    email: 'jane@lead.example',
    state: 'OR',
    summary: 'Was a director of engineering. Java since 1999',
  };

  it.each([
    ['title:(engineer OR developer)', true],
    ['title:engineer', false],
    ['name:engineer', true],
    ['title:dev* -title:lead', true],
    ['lead', true],
    ['email:lead', true],
    ['director', true],
    ['summary:director', true],
    ['skill:director', false],
    ['state:OR', true],
    ['-state:OR java', false],
    ['skill:"machine learning"', true],
    ['name:"jane engineer"', true],
    ['"jane engineer"', true],
    ['skill:java skill:script', true],
    // No phrase spans two fields, or two entries of a list.
    ['"engineer senior"', false],
    ['"java script"', false],
    ['skill:"learning java"', false],
    ['"developer machine"', false],
    ['"or was"', false],
    // Words without a field may come from different ones.
    ['engineer developer director java', true],
    ['engineer -director', false],
    ['nobody OR (java -cobol)', true],
    ['-(nobody OR -java)', true],
  ])('%s: %s', async (query, isFound) => expect(await finds(jane, query)).toBe(isFound));
});

const PAGE = { page: 1, per_page: 25, sort: '-created_at' };

describe('the filter of a list', () => {
  const person = new EntitySchema<{ id: string; account_id: string; title: string }>({
    name: 'person',
    tableName: 'people',
    columns: {
      account_id: { type: 'uuid', primary: true },
      id: { type: 'bigint', primary: true },
      title: { type: 'text' },
    },
  });
  let database: DataSource;
  beforeAll(async () => {
    const url = people.world.urlOf('candidates');
    database = await new DataSource({ type: 'postgres', url, schema: 'candidates', entities: [person] }).initialize();
  });
  afterAll(() => database.destroy());
  const list = () => database.manager.createQueryBuilder(person, 'person');

  it('narrows a query of the query builder to the account and what is searched for', async () => {
    const accountId = await people.add([{ title: 'A :search_0 $1 ?' }, { title: 'Java' }, { title: 'Java Perl' }]);
    await people.add([{ title: 'Java' }]);
    const titles = async (q: string | undefined) => {
      const query = list();
      await filterByAccountAndSearch(query, PEOPLE, accountId, { ...PAGE, q })?.narrow(poolOf(database));
      return (await query.orderBy('person.id').getManyAndCount())[0].map(({ title }) => title);
    };
    expect(await titles('java -perl')).toEqual(['Java']);
    expect(await titles('"search_0 $1"')).toEqual(['A :search_0 $1 ?']);
    expect(await titles('java pe*')).toEqual(['Java Perl']);
    expect(await titles(undefined)).toHaveLength(3);
  });

  it('puts names, titles and skills above what stands in a summary', async () => {
    const accountId = await people.add([
      { summary: 'java and more java and java again' },
      { title: 'Java developer' },
      { skills: ['Java'] },
    ]);
    const query = list();
    const { column, ranking } = await filterByAccountAndSearch(query, PEOPLE, accountId, {
      ...PAGE,
      q: 'java',
    })!.narrow(poolOf(database));
    const relevance = relevanceOf(`person.${column}`, ':ranking');
    const found = await query
      .addSelect(relevance, 'relevance')
      .setParameters({ ranking })
      .orderBy('relevance', 'DESC')
      .getMany();
    expect(found.map(({ title }) => title)).toEqual(['Java developer', null, null]);
    expect(found.map(({ id }) => Number(id)).slice(1)).toEqual(
      found
        .slice(1)
        .map(({ id }) => Number(id))
        .toSorted((a, b) => b - a),
    );
  });

  it('refuses a broken query as a validation error of q with the offset', () => {
    const fault = { field: 'q', code: 'unbalanced_parenthesis', message: 'has a "(" that is not closed', offset: 5 };
    const refused = () => filterByAccountAndSearch(list(), PEOPLE, randomUUID(), { ...PAGE, q: 'java (python' });
    expect(refused).toThrow(DomainError);
    expect(refused).toThrow(expect.objectContaining({ code: 'validation_failed', errors: [fault] }));
  });
});

describe('the plan', () => {
  let large: string;
  let small: string;
  beforeAll(async () => {
    const skills = ['Rust', 'Ruby', 'Rails'];
    const some = (count: number): Partial<Person>[] =>
      Array.from({ length: count }, (_, n) => ({
        first_name: n % 1_000 === 0 ? 'Grace' : 'Ada',
        title: n % 2 === 0 ? 'Engineer' : 'Nurse',
        skills: [skills[n % 3]!],
      }));
    large = await people.add(some(20_000));
    small = await people.add(some(1_000));
    await people.sql('analyze people');
  });
  const ask = <Row extends object>(text: string, values: unknown[]): Promise<Row[]> => people.sql<Row>(text, values);
  const planOf = (accountId: string, query: string) =>
    planSearch(ask, 'people', compileSearch(query, PEOPLE), accountId);
  const CHECKED = { isCostlyChecked: true, isAccountChecked: true };
  const LOOKED_UP = { isCostlyChecked: false, isAccountChecked: true };

  it.each([
    ['the beginning of a word beside a rare name', 'name:grace ru*', CHECKED],
    ['one in a group, excluded or not', 'grace (nurse OR ru*) -ra*', CHECKED],
    ['the beginning of a word beside a word that half have', 'engineer ru*', LOOKED_UP],
    ['the beginning of a word that few have, beside a rare name', 'grace grac*', LOOKED_UP],
    ['words alone', 'grace nurse', LOOKED_UP],
    ['nothing else', 'ru*', LOOKED_UP],
    ['either', 'grace OR ru*', LOOKED_UP],
    ['nothing that need be there', 'ru* -grace', LOOKED_UP],
  ])('of a large account checks what costs more to look up: %s', async (_, query, plan) => {
    expect(await planOf(large, query)).toEqual(plan);
  });

  it('of a small account is chosen without an estimate of its own', async () => {
    const asked: unknown[][] = [];
    const account = await people.add([{ first_name: 'Grace' }]);
    const noting: typeof ask = (text, values) => {
      if (text.includes('search_rows')) asked.push(values);
      return ask(text, values);
    };
    await planSearch(noting, 'people', compileSearch('grace', PEOPLE), account);
    expect(asked.filter(([, of]) => of !== null)).toEqual([]);
  });

  it('of a small account never looks through the rows of a large one', async () => {
    expect(await planOf(small, 'grace ru*')).toEqual({ isCostlyChecked: true, isAccountChecked: false });
    expect(await planOf(small, 'grace')).toEqual(WHOLE);
    expect(await planOf(randomUUID(), 'grace')).toEqual(WHOLE);
  });

  it('finds the same rows, and looks up no more than few', async () => {
    const query = 'name:grace engineer ru*';
    const plan = await planOf(large, query);
    expect(plan).toEqual(CHECKED);
    expect(await people.find(large, query, plan)).toEqual(await people.find(large, query));
    const values = [large];
    const bind = (tsquery: string): string => `$${values.push(tsquery)}`;
    const conditions = searchConditions(compileSearch(query, PEOPLE), plan, 'p', '$1', 'true', bind);
    const rows = await ask<{ 'QUERY PLAN': string }>(
      `explain (costs off) select id from people p where ${[accountCondition('p', '$1'), ...conditions].join(' and ')}`,
      values,
    );
    const lines = rows.map((row) => row['QUERY PLAN']);
    expect(lines.find((line) => line.includes('Index Cond'))).toMatch(/Index Cond: \(search @@ '+Ngrace'+ & [^*]*$/);
    expect(lines.find((line) => line.includes('Filter'))).toMatch(/account_id = .* IS TRUE.*ru'+:\*/);
  });
});

describe('the index', () => {
  const planOf = async (query: string): Promise<string> => {
    const rows = await database.query<{ 'QUERY PLAN': string }[]>(
      `explain (analyze, costs off, timing off, summary off, buffers off)
       select id from people where account_id = $1 and search @@ cast($2 as tsquery)`,
      [accountId, compileSearch(query, PEOPLE).tsquery],
    );
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };
  let accountId: string;
  let database: DataSource;
  beforeAll(async () => {
    const title = (n: number) => ['Java', 'Perl', 'Go developer'][n % 3]!;
    accountId = await people.add(Array.from({ length: 3_000 }, (_, n) => ({ title: title(n), summary: title(n + 1) })));
    await people.sql('analyze people');
    // The table is too small for the planner to choose the index by itself.
    const extra = { options: '-c enable_seqscan=off -c enable_indexscan=off' };
    database = await new DataSource({ type: 'postgres', url: people.world.urlOf('candidates'), extra }).initialize();
  });
  afterAll(() => database.destroy());

  it.each([
    'java',
    'title:java',
    'summary:java',
    'ja*',
    'title:(java OR go) -perl',
    '-(-java OR -perl)',
    'java (perl OR -go)',
  ])('answers %s alone: no row that it names is looked at in vain', async (query) => {
    const plan = await planOf(query);
    expect(plan).toContain('Bitmap Index Scan on people_search');
    expect(plan).not.toContain('Removed');
    expect(plan).not.toContain('Filter');
  });
});

describe('a row', () => {
  const repeat = (text: string, length: number) => text.repeat(Math.ceil(length / text.length)).slice(0, length);
  const codePoints = (length: number, at: (n: number) => number) =>
    Array.from({ length }, (_, n) => String.fromCodePoint(at(n))).join('');

  it.each([
    ['one word', repeat('x', 20_000)],
    ['one letter a word', repeat('a ', 20_000)],
    ['hyphens', repeat('ab-', 20_000)],
    ['dots', repeat('a.b', 20_000)],
    ['signs', repeat("@.'+#-_", 20_000)],
    ['quotes', repeat('\'\\":*|&!<->', 20_000)],
    ['addresses', repeat('a.b@c.d ', 20_000)],
    ['ligatures of eighteen characters', repeat('\ufdfa', 20_000)],
    ['fractions', repeat('\u00bd', 20_000)],
    ['different han of four bytes', codePoints(20_000, (n) => 0x20000 + ((n * 7919) % 40_000))],
    ['different hangul', codePoints(20_000, (n) => 0xac00 + (n % 11_000))],
    ['different words of four bytes', codePoints(20_000, (n) => (n % 3 === 2 ? 0x2e : 0x10330 + ((n * n) % 24)))],
    ['combining marks', repeat('\u0301', 20_000)],
    ['every character', codePoints(20_000, (n) => 1 + ((n * 53) % 0xd7ff))],
    ['separators of entries', repeat('a\u001f', 20_000)],
  ])('is never refused for its text: %s', async (_, text) => {
    const characters = [...text];
    const part = (from: number, length: number) => characters.slice(from, from + length).join('');
    const skills = Array.from({ length: 150 }, (_, n) => part(n * 60, 60));
    const person = {
      first_name: part(0, 100),
      last_name: part(100, 100),
      title: part(0, 200),
      skills,
      email: part(0, 254),
    };
    const accountId = await people.add([{ ...person, summary: text, state: 'Findable' }]);
    expect(await people.find(accountId, 'state:findable')).toEqual([0]);
  });

  it('is never refused for more text than the tables admit', async () => {
    const han = codePoints(400_000, (n) => 0x20000 + ((n * 7919) % 40_000));
    const accountId = await people.add([{ first_name: 'Findable', title: han, summary: han, skills: [han] }]);
    expect(await people.find(accountId, 'findable')).toEqual([0]);
  });

  it('is found by every word of the longest text', async () => {
    const words = Array.from({ length: 8_300 }, (_, n) => `w${n.toString(36)}`.padEnd(5, 'x'));
    const accountId = await people.add([{ summary: words.join(' ') }]);
    expect(await people.find(accountId, `${words.at(-1)} "${words.at(-2)} ${words.at(-1)}" ${words[0]}`)).toEqual([0]);
  });

  it('that is there when the column is added is found, however many there are', async () => {
    const accountId = await people.add(
      Array.from({ length: 2_500 }, (_, n) => ({ title: `Number${n}`, skills: ['C++'] })),
    );
    const database = await new DataSource({ type: 'postgres', url: people.world.urlOf('candidates') }).initialize();
    const queryRunner = database.createQueryRunner();
    try {
      const before = await people.sql('select id, search::text from people order by id');
      await addSearchColumnV1(queryRunner, 'people', PEOPLE);
      expect(await people.sql('select id, search::text from people order by id')).toEqual(before);
      expect(await people.find(accountId, 'number2499 c++')).toEqual([2_499]);
    } finally {
      await queryRunner.release();
      await database.destroy();
    }
  });

  it('keeps its function and column out of the way of a migration that goes back', async () => {
    const other = await People.start();
    try {
      const options = { ...peopleDatabase, url: other.world.urlOf('candidates'), poolSize: 1 };
      const database = await new DataSource({
        type: 'postgres',
        ...options,
        migrationsTableName: 'migrations',
      }).initialize();
      await database.undoLastMigration();
      await database.destroy();
      expect(await other.sql(`select proname from pg_proc where proname like 'search\\_%'`)).toEqual([]);
      expect(await migrate(options)).toHaveLength(1);
    } finally {
      await other.stop();
    }
  });
});
