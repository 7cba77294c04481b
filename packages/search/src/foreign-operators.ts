import { SearchError } from './search-error.js';

/**
 * What other systems take for operators and this language does not have. Taken as text it would silently ask another question, so it is
 * refused with what to write instead. In quotes all of it is text.
 */

/** In capitals, or with a number: words that are near each other, other languages' operators, exclusions in one word. */
const WORDS: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/^(?:O?NEAR|ADJ|WITHIN)(?:[/:~]?\d+)?$/, 'write words that follow each other in double quotes, others with AND'],
  [/^(?:w|pre|within|near)\/\d+$/i, 'write words that follow each other in double quotes, others with AND'],
  [/^AROUND$/, 'write words that follow each other in double quotes, others with AND'],
  [/^UND$/, 'write AND'],
  [/^ODER$/, 'write OR'],
  [/^NICHT$/, 'write NOT'],
  [/^(?:XOR|ANDNOT)$/, 'write it with AND, OR and NOT'],
  [/^and\/or$/i, 'write OR'],
];

const ROUGHLY = 'words are found as they are written, or by their beginning: word*';
const SIGNS: Readonly<Record<string, string>> = {
  '|': 'write OR',
  '~': ROUGHLY,
  '?': ROUGHLY,
  '%': ROUGHLY,
  '^': 'no word counts more than another; leave it out',
  '=': 'write field:word',
  '\\': 'nothing has to be escaped; put the text in double quotes',
  '[': 'there are no ranges; put the text in double quotes',
  ']': 'there are no ranges; put the text in double quotes',
  '{': 'there are no ranges; put the text in double quotes',
  '}': 'there are no ranges; put the text in double quotes',
};

/** With a host before a slash: `?`, `=`, `%` and `~` are text there. */
const ADDRESS = /^(?:[a-z][a-z0-9+.-]*:\/\/|[\w-]+(?:\.[\w-]+)+\/)/i;
const IN_ADDRESS = new Set(['~', '?', '%', '=']);

/**
 * @param word as it was written, but for the language's signs
 * @param next the sign right behind it
 * @throws SearchError `unsupported_operator`
 */
export function refuseForeignWord(word: string, next: string | undefined, offset: number): void {
  for (const [pattern, advice] of WORDS) if (pattern.test(word)) throw unsupported(word, advice, offset);
  if (word === '+' && (next === '"' || next === '(')) throw required(offset);
}

/**
 * @param signs of a word or the value of a field
 * @param next the sign right behind them
 * @param offset of the first one
 * @throws SearchError `unsupported_operator`
 */
export function refuseForeignSigns(signs: readonly string[], next: string | undefined, offset: number): void {
  const word = signs.join('');
  const [first, second = next] = signs;
  if (first === '!') throw unsupported('!', 'write NOT or a minus', offset);
  if (first === '+' && second !== undefined && !/[\p{Nd}+\s),;]/u.test(second)) throw required(offset);
  if (/^[<>]=?\d/.test(word)) throw unsupported(first!, 'there are no ranges; use a filter beside q', offset);
  if (/^\/.+\/$/.test(word)) throw unsupported('/', `there are no patterns; ${ROUGHLY}`, offset);
  const isAddress = ADDRESS.test(word);
  for (const [n, sign] of signs.entries()) {
    const advice = SIGNS[sign];
    const isText = (isAddress && IN_ADDRESS.has(sign)) || (sign === '%' && /\p{Nd}/u.test(signs[n - 1] ?? ''));
    if (advice !== undefined && !isText) throw unsupported(sign, advice, offset + n);
    if (sign === '<' && signs[n + 1] === '>') throw unsupported('<>', 'write NOT or a minus', offset + n);
    if (sign === '&' && signs[n + 1] === '&') throw unsupported('&&', 'write AND between blanks', offset + n);
    if (sign === '.' && signs[n + 1] === '.' && /\p{Nd}/u.test(signs[n - 1] ?? '') && !isAddress)
      throw unsupported('..', 'there are no ranges; use a filter beside q', offset + n);
  }
}

const required = (offset: number): SearchError =>
  unsupported('+', 'every word is required by itself; leave the plus out, or put the text in double quotes', offset);

const unsupported = (sign: string, advice: string, offset: number): SearchError =>
  new SearchError('unsupported_operator', `has "${sign}", which is no operator here; ${advice}`, offset);
