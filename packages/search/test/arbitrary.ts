import fc from 'fast-check';
import type { Query } from './naive-search.js';
import { type Person, PEOPLE } from './people.js';

/** Few, so that queries meet what is there; awkward, each in its own way. */
const words = [
  `java Java javascript perl engineer Engineering senior dev jos\u00e9 Jose jose\u0301 Wei\u00df C++ c C# .NET net ASP.NET`,
  `Node.js nodejs node js full-stack fullstack full stack O'Brien o\u2019brien obrien o brien Ph.D phd 3.5 5+ 5 35 2019-2024`,
  `M\u00fcller Mueller Muller \u00c4rzte aerzte \u0623\u062d\u0645\u062f \u0627\u062d\u0645\u062f \u0641\u0627\u0637\u0645\u0629 \u0641\u0627\u0637\u0645\u0647`,
  `covid-19 R&D CI/CD jane.smith@example.com jane@example.net smith @example.com example.com snake_case C++11 google+`,
  `\u5de5\u7a0b\u5e08 \u5de5\u7a0b \u5de5 \u7a0b\u5e08 \u8f6f\u4ef6\u5de5\u7a0b java\u5de5`,
].flatMap((line) => line.split(' '));

const glue = fc.constantFrom(' ', ' ', ' ', ' ', ' ', ', ', '. ', '-', '.', '/', '\n', "'", '@', ' - ', '..', '_', '+');

const textOf = (word: fc.Arbitrary<string>, least: number, most: number) =>
  fc
    .array(fc.tuple(word, glue), { minLength: least, maxLength: most })
    .map((parts) => parts.flat().slice(0, -1).join(''));

const personOf = (word: fc.Arbitrary<string>): fc.Arbitrary<Person> =>
  fc.record({
    first_name: word,
    last_name: textOf(word, 1, 2),
    title: fc.option(textOf(word, 1, 4)),
    skills: fc.array(textOf(word, 1, 2), { maxLength: 4 }),
    email: fc.constantFrom('jane.smith@example.com', 'o\u2019brien@example.net', 'java-dev+x@sub.example.com'),
    state: fc.option(fc.constantFrom('OR', 'WA')),
    summary: fc.option(textOf(word, 1, 15)),
  });

const field = fc.option(fc.constantFrom(...PEOPLE.map((one) => one.field)), { nil: undefined, freq: 2 });
/** What cannot stand in a word of the language, or would have another meaning there. */
const asWord = (text: string): string =>
  text
    .replaceAll(/[\s"()*:|,;]+/g, '')
    .replaceAll(/\.\.+/g, '.')
    .replace(/^[-!]+/, '');

/** Whether it may be the beginning of a word in a query. */
const isLong = (text: string): boolean => {
  const last = text
    .normalize('NFC')
    .match(/[\u4e00-\u9fff]+|[\p{L}\p{N}]+[+#]*/gu)!
    .at(-1)!;
  return last.length > 1 || /[\u4e00-\u9fff]/.test(last);
};
const MOST_PREFIXES = 8;
const prefixesIn = (query: Query): number =>
  query.type === 'term'
    ? Number(query.kind === 'prefix')
    : ('children' in query ? query.children : [query.child]).reduce((sum, child) => sum + prefixesIn(child), 0);

function termOf(word: fc.Arbitrary<string>): fc.Arbitrary<Query> {
  const kinds = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('word' as const), text: word }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('word' as const), text: textOf(word, 2, 3).map(asWord) }) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(word, fc.nat(4))
        .map(([text, cut]) => ({ kind: 'prefix' as const, text: [...text].slice(0, -cut || undefined).join('') })),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('phrase' as const), text: textOf(word, 1, 3) }) },
  );
  return kinds
    .filter(({ kind, text }) => /[\p{L}\p{N}]/u.test(text) && (kind !== 'prefix' || isLong(text)))
    .chain(({ kind, text }) => field.map((name) => ({ type: 'term' as const, field: name, kind, text })));
}

const queryOf = (word: fc.Arbitrary<string>): fc.Arbitrary<Query> =>
  fc
    .letrec<{ query: Query }>((tie) => ({
      query: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        { weight: 3, arbitrary: termOf(word) },
        {
          weight: 3,
          arbitrary: fc.record({
            type: fc.constantFrom('and' as const, 'or' as const),
            children: fc.array(tie('query'), { minLength: 2, maxLength: 3 }),
          }),
        },
        { weight: 1, arbitrary: fc.record({ type: fc.constant('not' as const), child: tie('query') }) },
      ),
    }))
    .query.filter((query) => prefixesIn(query) <= MOST_PREFIXES);

const exactly = (length: number) => ({ minLength: length, maxLength: length, size: 'max' as const });

/** Some people and queries that share a dozen words, so that even phrases are found by chance. */
export const crowd = (people: number, queries: number): fc.Arbitrary<[Person[], Query[]]> =>
  fc.shuffledSubarray(words, { minLength: 12, maxLength: 12 }).chain((some) => {
    const word = fc.constantFrom(...some);
    return fc.tuple(fc.array(personOf(word), exactly(people)), fc.array(queryOf(word), exactly(queries)));
  });

/** A query as someone may write it. `choose` decides between the ways there are. */
export function write(query: Query, choose: (ways: number) => number): string {
  const inner = (child: Query): string =>
    child.type === 'and' || child.type === 'or' ? `(${write(child, choose)})` : write(child, choose);
  switch (query.type) {
    case 'and':
      return query.children.map(inner).join([' ', ' AND ', ' and ', ' & '][choose(4)]);
    case 'or':
      return query.children
        .map((child) => (child.type === 'and' && choose(2) === 0 ? write(child, choose) : inner(child)))
        .join([' OR ', ' or '][choose(2)]);
    case 'not':
      return `${['-', 'NOT '][choose(2)]}${inner(query.child)}`;
    case 'term': {
      const name = query.field === undefined ? '' : `${query.field}:`;
      if (query.kind === 'phrase') return `${name}"${query.text}"`;
      return `${name}${query.text}${query.kind === 'prefix' ? '*' : ''}`;
    }
  }
}
