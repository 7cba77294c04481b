import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scaled } from '@nexivo/testing/time';
import { parseSearch } from '../src/parser.js';
import { SearchError } from '../src/search-error.js';
import { brokenQuery } from './broken-query.js';
import { show } from './show.js';

const FIELDS = [
  { field: 'name' },
  { field: 'title', aliases: ['current_title'] },
  { field: 'state' },
  { field: 'email' },
  { field: 'skill', aliases: ['skills'] },
];
const parse = (query: string, options = {}) => parseSearch(query, FIELDS, options);

function errorOf(query: string): SearchError {
  try {
    parse(query);
  } catch (error) {
    if (error instanceof SearchError) return error;
    throw error;
  }
  throw new Error(`accepted: ${query}`);
}

describe('a query', () => {
  it.each([
    ['java', 'java'],
    ['java python', 'all(java python)'],
    ['java AND python', 'all(java python)'],
    ['a b OR c AND d OR NOT e f', 'any(all(a b) all(c d) all(not(e) f))'],
    ['a NOT b', 'all(a not(b))'],
    ['a -b -"c d" -(e OR f)', 'all(a not(b) not("c d") not(any(e f)))'],
    ['a AND NOT -b', 'all(a b)'],
    ['NOT NOT a', 'a'],
    ['a --b', 'all(a b)'],
    ['((a)) ((b OR (c)))', 'all(a any(b c))'],
    ['"exact phrase"', '"exact phrase"'],
    ['wor*', 'wor*'],
    ['title:engineer', 'title:engineer'],
    ['TITLE:engineer', 'title:engineer'],
    ['title:"staff engineer"', 'title:"staff engineer"'],
    ['title:eng* -title:lead', 'all(title:eng* not(title:lead))'],
    ['title:(engineer OR "team lead" -dev*)', 'any(title:engineer all(title:"team lead" not(title:dev*)))'],
    ['name:(a (b OR c)) d', 'all(all(name:a any(name:b name:c)) d)'],
    ['ANDROID NOTHING ORACLE', 'all(ANDROID NOTHING ORACLE)'],
    ['"AND" "OR"', 'all("AND" "OR")'],
    ['a(b)c"d"', 'all(a b c "d")'],
    ['a\tAND\u00a0b\nc', 'all(a b c)'],
    ['(a OR -(-b)) c', 'all(any(a b) c)'],
  ])('%s is %s', (query, tree) => expect(show(parse(query))).toBe(tree));

  it('has a field for each state, Oregon included', () => {
    expect(show(parse('state:OR OR state:WA'))).toBe('any(state:OR state:WA)');
    expect(show(parse('state:("OR" OR WA)'))).toBe('any(state:"OR" state:WA)');
  });

  it.each([
    'C++',
    'C#',
    '.NET',
    'Node.js',
    'full-stack',
    "o'brien",
    'jane.smith+x@example.com',
    'R&D',
    '+1-555',
    'A/B',
  ])('takes %s as one word', (word) => expect(show(parse(`${word} ${word}`))).toBe(`all(${word} ${word})`));

  it.each(['12:30', '3:1', '9:00-17:00', 'https://example.com/jane', 'HTTP://example.com:80'])(
    'takes the colon of %s for text, because it cannot follow a field',
    (word) => expect(show(parse(word))).toBe(word),
  );

  it('takes a time or an address as the value of a field', () => {
    expect(show(parse('title:12:30 name:https://example.com'))).toBe('all(title:12:30 name:https://example.com)');
  });

  it('understands the signs that word processors and East Asian keyboards make of its own', () => {
    expect(show(parse('\u201cjava developer\u201d \u2013python \u2014perl'))).toBe(
      'all("java developer" not(python) not(perl))',
    );
    expect(show(parse('title\uff1a\uff08a OR bc\uff0a\uff09'))).toBe('any(title:a title:bc*)');
  });

  it('is not changed by invisible marks around its operators', () => {
    expect(show(parse('a \u200eNOT\u200f b \ufeffOR\u200b c'))).toBe('any(all(a not(b)) c)');
  });

  it('may be nested as deep as it is long', () => {
    expect(show(parse(`${'('.repeat(499)}ab${')'.repeat(499)}`))).toBe('ab');
    expect(show(parse(`a ${'-'.repeat(996)}b`))).toBe('all(a b)');
    expect(show(parse(`a ${'-('.repeat(331)}b${')'.repeat(331)}`))).toBe('all(a not(b))');
  });

  it('may have 1,000 characters, however many units of UTF-16 they take, and 64 terms', () => {
    expect(parse('\u{20000}'.repeat(1_000))).toMatchObject({ type: 'term' });
    expect(parse(Array.from({ length: 64 }, (_, n) => `w${n}`).join(' '))).toMatchObject({ type: 'and' });
  });

  it('may have 8 beginnings of words, of two characters each or one of a script without blanks', () => {
    expect(parse('ab* c+* full-st* \u5de5* r2* 1.25* \ufb01* "a"b\u00e9* c d')).toMatchObject({ type: 'and' });
  });
});

describe('a broken query is refused where it breaks:', () => {
  it.each([
    ['', 'empty_query', 0],
    [' \t ', 'empty_query', 0],
    ['(a', 'unbalanced_parenthesis', 0],
    ['a (b (c)', 'unbalanced_parenthesis', 2],
    ['a)', 'unbalanced_parenthesis', 1],
    [')', 'unbalanced_parenthesis', 0],
    ['(a))', 'unbalanced_parenthesis', 3],
    ['(', 'unbalanced_parenthesis', 0],
    ['a "b c', 'unbalanced_quote', 2],
    ['"', 'unbalanced_quote', 0],
    ['6\'2"', 'unbalanced_quote', 3],
    ['AND a', 'dangling_operator', 0],
    ['a AND', 'dangling_operator', 2],
    ['a OR', 'dangling_operator', 2],
    ['a AND OR b', 'dangling_operator', 2],
    ['a OR AND b', 'dangling_operator', 2],
    ['a NOT', 'dangling_operator', 2],
    ['a NOT OR b', 'dangling_operator', 2],
    ['(a OR) b', 'dangling_operator', 3],
    ['(OR a)', 'dangling_operator', 1],
    ['a -', 'dangling_operator', 2],
    ['Engineer - Java', 'dangling_operator', 9],
    ['(a -)', 'dangling_operator', 3],
    ['state:(OR OR WA)', 'dangling_operator', 7],
    ['title:-lead a', 'misplaced_operator', 6],
    ['title:NOT lead', 'misplaced_operator', 6],
    ['a | b', 'unsupported_operator', 2],
    ['java|python', 'unsupported_operator', 4],
    ['a !b', 'unsupported_operator', 2],
    ['title:!b', 'unsupported_operator', 6],
    ['a *', 'misplaced_wildcard', 2],
    ['*a', 'misplaced_wildcard', 0],
    ['j*a', 'misplaced_wildcard', 1],
    ['ja**', 'misplaced_wildcard', 2],
    ['"soft* engineer"', 'misplaced_wildcard', 5],
    ['"soft"*', 'misplaced_wildcard', 6],
    ['title:*', 'misplaced_wildcard', 6],
    ['a b*', 'prefix_too_short', 2],
    ['title:b*', 'prefix_too_short', 6],
    ['e\u0301* a', 'prefix_too_short', 0],
    ['full-s*', 'prefix_too_short', 0],
    ['a node.j*', 'prefix_too_short', 2],
    ['ab* '.repeat(9), 'too_many_prefixes', 32],
    ['a (\u5de5* OR '.repeat(9), 'too_many_prefixes', 75],
    ['a ()', 'empty_group', 2],
    ['title:()', 'empty_group', 6],
    ['""', 'empty_phrase', 0],
    ['a " "', 'empty_phrase', 2],
    ['title: engineer', 'empty_field', 0],
    ['a title:', 'empty_field', 2],
    ['(title:)', 'empty_field', 1],
    ['a language:java', 'unknown_field', 2],
    ['mailto:jane@example.com', 'unknown_field', 0],
    ['std::vector', 'unknown_field', 0],
    ['node.js:yes', 'unknown_field', 0],
    [':a', 'unknown_field', 0],
    ['title:(a name:b)', 'nested_field', 9],
    ['title:(a (b OR title:c))', 'nested_field', 15],
    ['title:name:b', 'nested_field', 6],
    ['a !!!', 'unsupported_operator', 2],
    ['a &&', 'dangling_operator', 2],
    ['and or not', 'dangling_operator', 0],
    ['a and', 'dangling_operator', 2],
    ['a not b', 'ambiguous_operator', 2],
    ['"..."', 'nothing_searchable', 0],
    ['title:\u2122', 'nothing_searchable', 6],
    ['a \u0301', 'nothing_searchable', 2],
    ['-a', 'only_negatives', 0],
    ['NOT a', 'only_negatives', 0],
    ['-a -b', 'only_negatives', 0],
    ['a OR -b', 'only_negatives', 5],
    ['a OR b OR (-c -d)', 'only_negatives', 11],
    ['(a OR -b) OR c', 'only_negatives', 6],
    ['-(a -b)', 'only_negatives', 0],
    ['\u{1f600}\u{1f600} AND', 'nothing_searchable', 0],
    ['\u{20000} (', 'unbalanced_parenthesis', 2],
    ['a\u0000b', 'invalid_character', 1],
    ['\u{20000}\ud800', 'invalid_character', 1],
  ])('%j: %s at %i', (query, code, offset) => expect(errorOf(query)).toMatchObject({ code, offset }));

  it.each(['a -(b OR -c)', 'a (b OR -c)', '-(-a)', '-(-a OR -b)', 'a OR NOT (NOT b)', '-(-a -b) c'])(
    '%s is not, because whoever matches it has something that it asks for',
    (query) => expect(parse(query)).toBeDefined(),
  );

  it('more than 1,000 characters or 64 terms, and a ligature that stands for more', () => {
    expect(errorOf('a'.repeat(1_001))).toMatchObject({ code: 'query_too_long', offset: 1_000 });
    expect(errorOf(`a ${'\ufdfa'.repeat(200)}`)).toMatchObject({ code: 'query_too_long', offset: 2 });
    expect(errorOf('w '.repeat(65))).toMatchObject({ code: 'too_many_terms', offset: 128 });
  });

  it('names the fields that there are', () => {
    expect(errorOf('language:java').message).toContain('"language"; allowed: name, title, state, email, skill;');
  });

  it('and never by anything but a SearchError with an offset within it', () => {
    fc.assert(
      fc.property(brokenQuery, (query) => {
        let error: unknown;
        try {
          parse(query);
        } catch (thrown) {
          error = thrown;
        }
        if (error === undefined) return;
        expect(error).toBeInstanceOf(SearchError);
        const { offset } = error as SearchError;
        expect(Number.isInteger(offset) && offset >= 0 && offset <= [...query].length).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each(['(', ')', '-', '"', 'NOT ', 'a OR ', 'title:(', 'a* ', '(a ', '- '])(
    'a million characters of %j take no longer than they need',
    (part) => {
      const started = performance.now();
      expect(() => parse(part.repeat(1_000_000 / part.length))).toThrow(SearchError);
      expect(() => parse(part.repeat(1_000 / part.length))).toThrow(SearchError);
      expect(performance.now() - started).toBeLessThan(scaled(2_000));
    },
  );
});
