import { beginningOf } from './normalize.js';
import { SearchError } from './search-error.js';

/**
 * Values that are compared whole and not by their words. Each is one lexeme of a row, or two, behind the code of its field:
 *
 * - `phone`: its digits, the last one first. A query is their beginning, so that a number is found with the country's code and without.
 * - `link`: an address without `https://`, `www.` and parameters; and its last part.
 * - `id`: the text without case.
 */
export type KeyKind = 'phone' | 'link' | 'id';

/** How a query asks for a value: lexemes, each whole or as a beginning. */
export interface KeyQuery {
  readonly lexeme: string;
  readonly isBeginning: boolean;
}

/** Fewer digits at the end of a number are no number: `555` is an area. */
const MIN_DIGITS = 5;
/** No number has more (ITU-T E.164: 15), with zeros in front of it. */
const MAX_DIGITS = 20;
/** Longest lexeme, in units of UTF-16. Longer ones are the same when they begin the same. */
const MAX_KEY = 200;

/** What a row's value is found by. */
export function keysOf(kind: KeyKind, text: string): string[] {
  switch (kind) {
    case 'phone':
      return [reversedDigits(text)];
    case 'link': {
      const link = linkKey(text);
      const last = link.slice(link.lastIndexOf('/') + 1);
      return link === last ? [link] : [cut(link), cut(last)];
    }
    case 'id':
      return [idKey(text)];
  }
}

/**
 * What a query that names the field looks for; nothing where its text can be no such value, see {@link refuseKey}.
 *
 * @param isBeginning whether the text ended in `*`
 */
export function keyQueryOf(kind: KeyKind, text: string, isBeginning: boolean): KeyQuery | undefined {
  if (kind === 'phone') {
    const lexeme = reversedDigits(text);
    return isBeginning || lexeme.length < MIN_DIGITS ? undefined : { lexeme, isBeginning: true };
  }
  const lexeme = kind === 'link' ? cut(linkKey(text)) : idKey(text);
  return lexeme.length < (isBeginning ? 2 : 1) ? undefined : { lexeme, isBeginning };
}

/** @throws SearchError where a query's text can be no value of the field */
export function refuseKey(kind: KeyKind, text: string, isBeginning: boolean, offset: number): void {
  if (keyQueryOf(kind, text, isBeginning)) return;
  if (kind !== 'phone') {
    const least = isBeginning
      ? 'two characters right before the "*"'
      : 'a character beside the parts that all links have';
    throw new SearchError(
      isBeginning ? 'prefix_too_short' : 'nothing_searchable',
      `must have at least ${least}`,
      offset,
    );
  }
  if (!isBeginning) throw incompleteNumber(offset);
  throw new SearchError('misplaced_wildcard', 'finds phone numbers by their end; leave the "*" out', offset);
}

export const incompleteNumber = (offset: number): SearchError =>
  new SearchError(
    'incomplete_number',
    `must have a phone number's last ${MIN_DIGITS} digits or more; put one with blanks or parentheses in quotes: phone:"…"`,
    offset,
  );

/** The same of a query that names no field: only what looks like such a value is looked for. */
export function bareKeyQueryOf(kind: KeyKind, text: string): KeyQuery | undefined {
  return LOOKS_LIKE[kind].test(text) ? keyQueryOf(kind, text, false) : undefined;
}

const LOOKS_LIKE: Readonly<Record<KeyKind, RegExp>> = {
  phone: /^\s*[+(]?[\d(][\d\s()./+-]{4,}$/,
  link: /^\S+[./]\S+$/,
  id: /^\S*[\d_.:#-]\S*$/,
};

/** Without a country's zeros or the zero of calls within it, and without an extension. */
function reversedDigits(text: string): string {
  const number = text.normalize('NFKC').replace('(0)', '');
  const end = number.search(/\p{L}/u);
  const digits = (end < 0 ? number : number.slice(0, end)).replaceAll(/\D+/g, '').slice(-MAX_DIGITS);
  let reversed = '';
  for (let n = digits.length - 1; n >= 0; n--) reversed += digits[n]!;
  return reversed.replace(/0+$/, '');
}

function linkKey(text: string): string {
  const link = unescaped(text.trim())
    .slice(0, 2_000)
    .normalize('NFC')
    .toLowerCase()
    .replace(/^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:www\.|[a-z]{2}\.(?=linkedin\.com\/))?/, '');
  const end = link.search(/\/*(?:[?#]|$)/);
  return withoutBlanks(link.slice(0, end));
}

/** `%C3%A9` as `é`; as it is where it is no UTF-8. */
function unescaped(link: string): string {
  if (!link.includes('%')) return link;
  try {
    return decodeURIComponent(link);
  } catch {
    return link;
  }
}

const idKey = (text: string): string => cut(withoutBlanks(text.normalize('NFKC').toLowerCase().trim()));

/** Lexemes in a vector's text are apart by blanks. */
const withoutBlanks = (text: string): string => text.replaceAll(/[\s\0]+/g, '_');
const cut = (lexeme: string): string => beginningOf(lexeme, MAX_KEY);
