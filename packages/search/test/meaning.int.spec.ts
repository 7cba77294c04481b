import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSearchable } from '../src/characters.js';
import { SearchError } from '../src/search-error.js';
import { crowd, write } from './arbitrary.js';
import { brokenQuery } from './broken-query.js';
import { matches } from './naive-search.js';
import { People, type Person } from './people.js';

let people: People;
beforeAll(async () => {
  people = await People.start();
});
afterAll(() => people.stop());

/** The basic plane without surrogates, and the symbols of the next one. */
const CODES = `(select generate_series(1, 55295) union all select generate_series(57344, 65535)
                union all select generate_series(118784, 131071)) as codes (code)`;
const nobody: Person = {
  first_name: '',
  last_name: '',
  title: null,
  skills: [],
  email: '',
  state: null,
  summary: null,
};

it('a query finds exactly those whom it describes', async () => {
  let pairs = 0;
  let found = 0;
  await fc.assert(
    fc.asyncProperty(crowd(100, 40), fc.infiniteStream(fc.nat()), async ([persons, queries], choices) => {
      const accountId = await people.add(persons);
      const choose = (ways: number): number => (choices.next().value as number) % ways;
      for (const each of queries) {
        const written = write(each, choose);
        if (matches(each, nobody)) {
          await expect(people.find(accountId, written)).rejects.toMatchObject({ code: 'only_negatives' });
          continue;
        }
        const expected = persons.flatMap((one, n) => (matches(each, one) ? [n] : []));
        const plan = { isCostlyChecked: choose(2) === 0, isAccountChecked: choose(2) === 0 };
        expect([written, plan, await people.find(accountId, written, plan)]).toEqual([written, plan, expected]);
        pairs += persons.length;
        found += expected.length;
      }
    }),
    { numRuns: 10, endOnFailure: true },
  );
  expect(pairs).toBeGreaterThan(20_000);
  // Otherwise it would prove little.
  expect(found / pairs).toBeGreaterThan(0.05);
  expect(found / pairs).toBeLessThan(0.8);
}, 120_000);

describe('whatever is typed or stored', () => {
  it('a query is answered or refused as a query, never by Postgres', async () => {
    const accountId = await people.add([{ summary: 'java' }]);
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(brokenQuery, async (text) => {
        try {
          await people.find(accountId, text);
          answered += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(SearchError);
        }
      }),
      { numRuns: 2_000, endOnFailure: true },
    );
    expect(answered).toBeGreaterThan(100);
  }, 60_000);

  it.each([
    ['words', `"${'a '.repeat(499)}"`],
    ['hyphens', `${'a-'.repeat(499)}a`],
    ['dots', `${'a.'.repeat(499)}a`],
    ['han', Array.from({ length: 1_000 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join('')],
    ['ligatures', '\ufdfa'.repeat(100)],
    ['fractions', `"${'\u2154 '.repeat(499)}"`],
    [
      'prefixes',
      'abcdefghij'
        .split('')
        .map((letter) => `${letter}*`)
        .join(' OR '),
    ],
    ['nested exclusions', `${Array.from({ length: 31 }, (_, n) => `a${n} -(b${n} OR `).join('')}x -y${')'.repeat(31)}`],
  ])('the largest query of %s is answered', async (_, text) => {
    const accountId = await people.add([{ title: text }]);
    await expect(people.find(accountId, text)).resolves.toBeInstanceOf(Array);
  });

  it('a row is accepted', async () => {
    const text = fc.oneof(
      brokenQuery.map((each) => each.replaceAll('\u0000', ' ').toWellFormed()),
      fc.string({ unit: 'binary', maxLength: 300 }).map((each) => each.replaceAll('\u0000', ' ').toWellFormed()),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 50, maxLength: 50, size: 'max' }), async (texts) => {
        await people.add(texts.map((each) => ({ first_name: each, title: each, skills: [each, each], summary: each })));
      }),
      { numRuns: 20, endOnFailure: true },
    );
  }, 60_000);

  it('the parser and Postgres agree on every character: what the one lets through, the other can look up', async () => {
    const rows = await people.sql<{ code: number; found: boolean }>(`
      select code, exists (
          select from unnest(search_places(search_normalize(chr(code)))) as place where place not in (e'\\x1e', e'\\x1f')
        ) as found
        from ${CODES}`);
    const disagreed = rows.filter(({ code, found }) => isSearchable(String.fromCodePoint(code)) !== found);
    expect(disagreed.map(({ code }) => code.toString(16))).toEqual([]);
    const isWord = /[\p{Lu}\p{Ll}\p{Lt}\p{Lo}\p{Nd}\p{Nl}]/u;
    const lost = rows.filter(({ code, found }) => {
      const character = String.fromCodePoint(code);
      return !found && isWord.test(character) && isWord.test(character.normalize('NFKC'));
    });
    // Saltillos, which are apostrophes.
    expect(lost.map(({ code }) => code.toString(16))).toEqual(['a78b', 'a78c']);
  });

  it('normalised text stays as it is when normalised again, and has no capitals, which mark the fields', async () => {
    const rows = await people.sql<{ code: number; text: string }>(`
      select code, text from ${CODES}, lateral (select search_normalize(chr(code)) as text) as t
       where (text ~ '[A-Z]' or regexp_replace(search_normalize(text), ' +', ' ', 'g') <> regexp_replace(text, ' +', ' ', 'g'))`);
    expect(rows).toEqual([]);
  });
});
