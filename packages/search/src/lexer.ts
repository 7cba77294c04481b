import { HYPHENS } from './characters.js';
import { isLongPrefix, isSearchable } from './places.js';
import { SearchError } from './search-error.js';

/** A piece of a query. Offsets count code points. */
export type Token =
  | { readonly type: 'open' | 'close' | 'and' | 'or' | 'not'; readonly offset: number }
  /** What follows belongs to the field; the lexer has seen to it that something does. */
  | { readonly type: 'field'; readonly name: string; readonly offset: number }
  | { readonly type: 'term'; readonly kind: TermKind; readonly text: string; readonly offset: number };

/** `word` as written, `prefix` the beginning of a word, `phrase` words in this order. */
export type TermKind = 'word' | 'prefix' | 'phrase';

/** Greatest length of a query, in code points. */
const MAX_QUERY_LENGTH = 1_000;

const OPERATORS = { AND: 'and', OR: 'or', NOT: 'not' } as const;
const isOperator = (word: string): word is keyof typeof OPERATORS => Object.hasOwn(OPERATORS, word);

/** Blanks, and what is invisible and comes along when text is copied: it must not make `AND` another word. */
const BLANK = /[\s\u0085\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069]/u;
/** NUL, and surrogates without their partner: Postgres cannot take them. */
const isInvalid = (character: string): boolean => character === '\u0000' || !character.isWellFormed();

/**
 * The language's signs as word processors and East Asian keyboards write them. Taken as text they would silently turn the
 * meaning of a query around, an exclusion into a condition for one.
 */
const SIGNS = new Map([
  ...[...'\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02'].map((sign) => [sign, '"'] as const),
  ...[...HYPHENS, '\u2014', '\u2015'].map((sign) => [sign, '-'] as const),
  ['\uff08', '('],
  ['\uff09', ')'],
  ['\uff1a', ':'],
  ['\uff0a', '*'],
  ['\uff5c', '|'],
  ['\uff01', '!'],
]);

/**
 * Splits a query into tokens, in one pass.
 *
 * - `(` `)` and quotes are tokens wherever they stand; everything else up to a blank or one of them is a word.
 * - `AND`, `OR`, `NOT` are operators when they are a whole word. After a field's colon they are text: `state:OR` is Oregon.
 * - `-` at the beginning of a word, with something right behind it, is `not`; inside a word it is a part of it.
 * - What precedes the first colon of a word must be a field, in any case, with its value right behind the colon. Text it is only
 *   after a digit (`12:30`, `3:1`) or before `//` (`https://…`). Anything else with a colon has to be quoted.
 * - `*` makes a prefix of the word that it ends. Anywhere else it is refused, in quotes too.
 * - `|` in a word and `!` before one are refused: elsewhere they mean OR and NOT, here they would be taken for text.
 *
 * @param fields the names that may precede a colon
 * @throws SearchError
 */
export function tokenize(query: string, fields: readonly string[]): Token[] {
  const characters = [...query];
  if (characters.length > MAX_QUERY_LENGTH) {
    throw new SearchError('query_too_long', `must have at most 1,000 characters`, MAX_QUERY_LENGTH);
  }
  return new Lexer(characters, fields).run();
}

class Lexer {
  private readonly tokens: Token[] = [];
  /** The characters with the language's signs in ASCII, one for one. */
  private readonly signs: readonly string[];
  private at = 0;

  constructor(
    private readonly characters: readonly string[],
    private readonly fields: readonly string[],
  ) {
    const invalid = characters.findIndex(isInvalid);
    if (invalid >= 0) {
      throw new SearchError('invalid_character', 'must not contain NUL characters or lone surrogates', invalid);
    }
    this.signs = characters.map((character) => SIGNS.get(character) ?? character);
  }

  run(): Token[] {
    while (this.at < this.signs.length) this.next();
    return this.tokens;
  }

  private next(): void {
    const offset = this.at;
    const sign = this.signs[offset]!;
    if (BLANK.test(sign)) this.at += 1;
    else if (sign === '(') this.push({ type: 'open', offset });
    else if (sign === ')') this.push({ type: 'close', offset });
    else if (sign === '"') this.phrase();
    else if (sign === '-') this.minus();
    else this.word();
  }

  private push(token: Token): void {
    this.tokens.push(token);
    this.at = token.offset + 1;
  }

  private minus(): void {
    const offset = this.at;
    if (this.isWordEnd(offset + 1)) {
      const message = 'a minus excludes what follows it without a blank; remove it, or put the text in quotes';
      throw new SearchError('dangling_operator', message, offset);
    }
    this.push({ type: 'not', offset });
  }

  private phrase(): void {
    const offset = this.at;
    const end = this.signs.indexOf('"', offset + 1);
    if (end < 0) throw new SearchError('unbalanced_quote', 'has a quote that is not closed', offset);
    const text = this.characters.slice(offset + 1, end).join('');
    if (text.trim() === '') throw new SearchError('empty_phrase', 'has quotes with nothing between them', offset);
    const star = this.signs.slice(offset, end).indexOf('*');
    if (star >= 0) throw misplacedWildcard(offset + star);
    this.term('phrase', text, offset);
    this.at = end + 1;
  }

  private word(): void {
    const offset = this.at;
    let end = offset;
    while (!this.isWordEnd(end) && this.signs[end] !== '(' && this.signs[end] !== '"') end += 1;
    const word = this.signs.slice(offset, end).join('');
    this.at = end;
    if (isOperator(word)) {
      this.tokens.push({ type: OPERATORS[word], offset });
      return;
    }
    const colon = this.signs.slice(offset, end).indexOf(':');
    if (colon < 0 || isTextWithColon(word, this.fields)) this.value(offset, end);
    else this.field(offset, offset + colon, end);
  }

  private field(offset: number, colon: number, end: number): void {
    const written = this.characters.slice(offset, colon).join('');
    const name = written.toLowerCase();
    if (!this.fields.includes(name)) {
      const allowed = `allowed: ${this.fields.join(', ')}`;
      const message = `has no field "${written}"; ${allowed}; to search for the text itself, put it in quotes`;
      throw new SearchError('unknown_field', message, offset);
    }
    this.tokens.push({ type: 'field', name, offset });
    const value = colon + 1;
    if (value === end) {
      if (this.signs[end] === '(' || this.signs[end] === '"') return;
      const message = `needs a word, a phrase or a group right after "${name}:", without a blank`;
      throw new SearchError('empty_field', message, offset);
    }
    const word = this.signs.slice(value, end).join('');
    if (word.startsWith('-') || word === 'NOT') {
      const message = `excludes with the operator in front of the field: -${name}:…; text such as "-1" has to be in quotes`;
      throw new SearchError('misplaced_operator', message, value);
    }
    if (word.includes(':') && !isTextWithColon(word, [])) {
      const message = `may name one field for a word; to search "${name}" for a text with a colon, put it in quotes`;
      throw new SearchError('nested_field', message, value);
    }
    this.value(value, end);
  }

  /** The text of a word, from `offset` to before `end`. */
  private value(offset: number, end: number): void {
    const signs = this.signs.slice(offset, end);
    if (signs[0] === '!') throw unsupported('!', 'NOT or a minus', offset);
    const bar = signs.indexOf('|');
    if (bar >= 0) throw unsupported('|', 'OR', offset + bar);
    const star = signs.indexOf('*');
    if (star >= 0 && (star === 0 || star < signs.length - 1)) throw misplacedWildcard(offset + star);
    if (star < 0) this.term('word', this.characters.slice(offset, end).join(''), offset);
    else this.term('prefix', this.characters.slice(offset, end - 1).join(''), offset);
  }

  private term(kind: TermKind, text: string, offset: number): void {
    if (!isSearchable(text)) {
      const shown = text.length > 20 ? `${[...text].slice(0, 20).join('')}…` : text;
      const message = `has nothing to search for in "${shown.trim()}": a term needs a letter or a digit`;
      throw new SearchError('nothing_searchable', message, offset);
    }
    if (kind === 'prefix' && !isLongPrefix(text)) {
      const message = 'must have at least two letters or digits right before the "*"';
      throw new SearchError('prefix_too_short', message, offset);
    }
    // One character can stand for eighteen; the index would be asked for all of them.
    if (text.normalize('NFKC').length > 2 * MAX_QUERY_LENGTH) {
      const message = 'has ligatures that are longer than 1,000 characters when written out';
      throw new SearchError('query_too_long', message, offset);
    }
    this.tokens.push({ type: 'term', kind, text, offset });
  }

  private isWordEnd(at: number): boolean {
    const sign = this.signs[at];
    return sign === undefined || sign === ')' || BLANK.test(sign);
  }
}

/** `12:30`, `https://example.com`: no field can be meant. */
const isTextWithColon = (word: string, fields: readonly string[]): boolean =>
  /^\d/.test(word) || (/^[^:]+:\/\//.test(word) && !fields.includes(word.slice(0, word.indexOf(':')).toLowerCase()));

const unsupported = (sign: string, instead: string, offset: number): SearchError =>
  new SearchError('unsupported_operator', `has "${sign}", which is no operator; write ${instead}`, offset);

const misplacedWildcard = (offset: number): SearchError =>
  new SearchError(
    'misplaced_wildcard',
    'has a "*" in another place than at the end of a word outside of quotes',
    offset,
  );
