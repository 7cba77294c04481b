import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { beginningsIn } from '../src/beginnings.js';
import { normalize, spellingsOf, withoutMarks } from '../src/normalize.js';
import { isSearchable } from '../src/places.js';
import { SearchError } from '../src/search-error.js';
import { crowd, write } from './arbitrary.js';
import { brokenQuery } from './broken-query.js';
import { matches } from './naive-search.js';
import { People, PEOPLE, type Person } from './people.js';

let people: People;
beforeAll(async () => {
  people = await People.start();
});
afterAll(() => people.stop());

/** The basic plane without surrogates and NUL, and the next one. */
const CHARACTERS = [...Array.from({ length: 0x20000 }).keys()]
  .filter((code) => code > 0 && (code < 0xd800 || code > 0xdfff))
  .map((code) => String.fromCodePoint(code));
/** The dictionary leaves these accents, makes a digit of the han for zero, and an apostrophe of what stands beside two letters. */
const isAnother = (character: string): boolean =>
  '\u01e2\u01e3\u01ee\u01ef\u01fc\u01fd\u01fe\u01ff\u3007\u0149\u1e9a'.includes(character);
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
});

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
  });

  it.each([
    ['words', `"${'a '.repeat(499)}"`],
    ['hyphens', `${'a-'.repeat(499)}a`],
    ['dots', `${'a.'.repeat(499)}a`],
    ['han', Array.from({ length: 1_000 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join('')],
    ['ligatures', '\ufdfa'.repeat(100)],
    ['fractions', `"${'\u2154 '.repeat(499)}"`],
    [
      'prefixes',
      'abcdefgh'
        .split('')
        .map((letter) => `a${letter}*`)
        .join(' OR '),
    ],
    ['nested exclusions', `${Array.from({ length: 31 }, (_, n) => `a${n} -(b${n} OR `).join('')}x -y${')'.repeat(31)}`],
  ])('the largest query of %s is answered', async (_, text) => {
    const accountId = await people.add([{ title: text }]);
    await expect(people.find(accountId, text)).resolves.toBeInstanceOf(Array);
  });

  it('what somebody is typing is looked for, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(brokenQuery, async (text) => {
        const beginnings = beginningsIn(text.replaceAll('\u0000', ' ').toWellFormed(), PEOPLE, 'name');
        const { lookedUp = '', checked = '' } = beginnings ?? {};
        await people.sql('select cast($1 as tsquery), cast($2 as tsquery)', [lookedUp, checked]);
      }),
      { numRuns: 1_000, endOnFailure: true },
    );
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
  });

  it('every letter and digit can be found', () => {
    const isWord = /[\p{Lu}\p{Ll}\p{Lt}\p{Lo}\p{Nd}\p{Nl}]/u;
    const lost = CHARACTERS.filter(
      (character) => isWord.test(character) && isWord.test(character.normalize('NFKC')) && !isSearchable(character),
    );
    // Saltillos, which are apostrophes.
    expect(lost).toEqual(['\ua78b', '\ua78c']);
  });

  it('normalised text stays as it is when normalised again, and has no capitals, which mark the fields', () => {
    const words = (text: string): string => text.replaceAll(/ +/g, ' ');
    const changed = CHARACTERS.flatMap((character) => spellingsOf(normalize(character))).filter(
      (text) => /[A-Z]/.test(text) || !spellingsOf(words(normalize(text))).includes(words(text)),
    );
    expect(changed).toEqual([]);
  });

  it('takes away from letters and digits what the dictionary of Postgres does', async () => {
    await people.createExtension('unaccent');
    const rows = await people.sql<{ character: string; folded: string }>(
      `select character, public.unaccent(casefold(normalize(character, nfkc) collate pg_unicode_fast)) as folded
         from unnest($1::text[]) as character`,
      [CHARACTERS.filter((character) => /[\p{L}\p{N}]/u.test(character) && isSearchable(character))],
    );
    const differing = rows.filter(
      ({ character, folded }) =>
        withoutMarks(normalize(character)).trim() !== withoutMarks(normalize(folded)).trim() && !isAnother(character),
    );
    expect(differing).toEqual([]);
  });
});
