import { APOSTROPHES, HYPHENS } from './characters.js';
import { refuseForeignSigns, refuseForeignWord } from './foreign-operators.js';
import { incompleteNumber, type KeyKind } from './keys.js';
import { isLongPrefix, isSearchable } from './places.js';
import { SearchError } from './search-error.js';

/** What the language has to know of a field. */
export interface FieldName {
  /** What precedes the colon in a query. */
  readonly field: string;
  /** Other names that mean the same field. */
  readonly aliases?: readonly string[];
  /** Its value is compared as a whole: see `keys.ts`. */
  readonly key?: KeyKind;
}

/** A piece of a query. Offsets count code points. */
export type Token =
  | { readonly type: 'open' | 'close'; readonly offset: number }
  /** As it was written: `AND`, `or`, `&`, `-`. */
  | { readonly type: 'and' | 'or' | 'not'; readonly written: string; readonly offset: number }
  /** What follows belongs to the field; the lexer has seen to it that something does. */
  | { readonly type: 'field'; readonly name: string; readonly offset: number }
  | { readonly type: 'term'; readonly kind: TermKind; readonly text: string; readonly offset: number };

/** `word` as written, `prefix` the beginning of a word, `phrase` words in this order. */
export type TermKind = 'word' | 'prefix' | 'phrase';

/** Greatest length of a query, in code points. */
const MAX_QUERY_LENGTH = 1_000;

const OPERATORS = { AND: 'and', OR: 'or', NOT: 'not', '&': 'and', '&&': 'and' } as const;
const isOperator = (word: string): word is keyof typeof OPERATORS => Object.hasOwn(OPERATORS, word);

/**
 * `Entwickler*in`, `Kolleg*innen`: how German writes a word for all genders. The star is text, and so is a colon behind a word with a
 * capital: `location:in` is a field that there is not.
 */
const GENDERED = /^(?:in|innen)(?![\p{L}\p{N}])/iu;
const GENDERED_BY_COLON = /^\p{Lu}[\p{L}-]+:(?:in|innen)$/u;

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
  ...[...'\uff0c\u3001\u060c\uff1b\u061b'].map((sign) => [sign, ','] as const),
]);

/**
 * Splits a query into tokens, in one pass.
 *
 * - `(` `)` and quotes are tokens wherever they stand; everything else up to a blank or one of them is a word.
 * - A comma or semicolon is a blank, but for a comma between digits, and in an address such as `https://…`. Right behind the value of a
 *   field it is refused: `state:CA,NY` may mean a list.
 * - `AND`, `OR`, `NOT` are operators when they are a whole word; so are `and` and `or` in any case, `&` and `&&`. `not` in small letters
 *   is one right behind another operator. Elsewhere it is refused, because it may be meant as a word: `not for profit`. After a
 *   field's colon all of them are text: `state:OR` is Oregon.
 * - `-` at the beginning of a word, with something right behind it, is `not`; inside a word it is a part of it.
 * - What precedes the first colon of a word must be a field, in any case, with its value right behind the colon. Text it is only
 *   after a digit (`12:30`, `3:1`), before `//` (`https://…`) and in `Entwickler:in`. Anything else with a colon has to be quoted.
 * - `*` makes a prefix of the word that it ends. Anywhere else it is refused, in quotes too, but for `Entwickler*in`.
 * - What is an operator in another system is refused with advice: see `foreign-operators.ts`.
 *
 * @param fields the names that may precede a colon
 * @throws SearchError
 */
export function tokenize(query: string, fields: readonly FieldName[]): Token[] {
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
  private readonly names: ReadonlyMap<string, FieldName>;
  private at = 0;

  constructor(
    private readonly characters: readonly string[],
    private readonly fields: readonly FieldName[],
  ) {
    const invalid = characters.findIndex(isInvalid);
    if (invalid >= 0) {
      throw new SearchError('invalid_character', 'must not contain NUL characters or lone surrogates', invalid);
    }
    this.signs = characters.map((character) => SIGNS.get(character) ?? character);
    this.names = new Map(
      fields.flatMap((each) => [each.field, ...(each.aliases ?? [])].map((name) => [name, each] as const)),
    );
  }

  run(): Token[] {
    while (this.at < this.signs.length) this.next();
    return this.tokens;
  }

  private next(): void {
    const offset = this.at;
    const sign = this.signs[offset]!;
    if (BLANK.test(sign) || sign === ',' || sign === ';') this.at += 1;
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
    this.push({ type: 'not', written: '-', offset });
  }

  private phrase(): void {
    const offset = this.at;
    const end = this.signs.indexOf('"', offset + 1);
    if (end < 0) throw new SearchError('unbalanced_quote', 'has a quote that is not closed', offset);
    const text = this.textOf(offset + 1, end);
    if (text.trim() === '') throw new SearchError('empty_phrase', 'has quotes with nothing between them', offset);
    const star = this.wildcardIn(offset, end);
    if (star !== undefined) throw misplacedWildcard(star);
    this.term('phrase', text, offset);
    this.at = end + 1;
  }

  private word(): void {
    const offset = this.at;
    const end = this.endOfWord(offset);
    const word = this.signs.slice(offset, end).join('');
    this.at = end;
    if (this.operator(word, offset)) return;
    refuseForeignWord(word, this.signs[end], offset);
    const colon = this.signs.slice(offset, end).indexOf(':');
    if (colon < 0 || this.isTextWithColon(word)) this.value(offset, end);
    else this.field(offset, offset + colon, end);
  }

  /** Whether the word is an operator. */
  private operator(word: string, offset: number): boolean {
    const isNot = word.toUpperCase() === 'NOT';
    const written = isNot ? word : word.toUpperCase();
    if (isNot && word !== 'NOT') {
      const before = this.tokens.at(-1)?.type;
      if (before !== 'and' && before !== 'or') {
        const message = `has "${word}", which may be a word; to exclude, write NOT in capitals, otherwise put it in quotes`;
        throw new SearchError('ambiguous_operator', message, offset);
      }
      this.tokens.push({ type: 'not', written: word, offset });
      return true;
    }
    if (!isOperator(written)) return false;
    this.tokens.push({ type: OPERATORS[written], written: word, offset });
    return true;
  }

  /** Where a word ends: also at a comma that does not stand between digits or in an address. */
  private endOfWord(offset: number): number {
    let end = offset;
    let isAddress = false;
    while (!this.isWordEnd(end) && this.signs[end] !== '(' && this.signs[end] !== '"') {
      isAddress ||= this.signs[end] === '/' && this.signs[end - 1] === '/' && this.signs[end - 2] === ':';
      if (this.isComma(end) && !isAddress) break;
      end += 1;
    }
    return end;
  }

  private isComma(at: number): boolean {
    if (this.signs[at] === ';') return true;
    return this.signs[at] === ',' && !(isDigit(this.signs[at - 1]) && isDigit(this.signs[at + 1]));
  }

  private field(offset: number, colon: number, end: number): void {
    const written = this.textOf(offset, colon);
    const field = this.names.get(written.toLowerCase());
    if (field === undefined) {
      const allowed = `allowed: ${this.fields.map(({ field }) => field).join(', ')}`;
      const message = `has no field "${written}"; ${allowed}; to search for the text itself, put it in quotes; other filters, such as status=…, go beside q`;
      throw new SearchError('unknown_field', message, offset);
    }
    const { field: name, key } = field;
    this.tokens.push({ type: 'field', name, offset });
    const value = colon + 1;
    this.at = value;
    if (this.signs[value] === '(') {
      if (key === 'phone') this.refuseAreaCode(value);
      return;
    }
    if (this.signs[value] === '"') {
      this.phrase();
      this.refuseList(name, this.at);
      return;
    }
    if (value === end) {
      const message = `has "${written}:" with nothing right behind it`;
      throw new SearchError('empty_field', message, offset);
    }
    const word = this.signs.slice(value, end).join('');
    if (word.startsWith('-') || word === 'NOT') {
      const message = `excludes with the operator in front of the field: -${name}:…; text such as "-1" has to be in quotes`;
      throw new SearchError('misplaced_operator', message, value);
    }
    if (word.includes(':') && !isText(word)) {
      const message = `may name one field for a word; to search "${name}" for a text with a colon, put it in quotes`;
      throw new SearchError('nested_field', message, value);
    }
    this.value(value, end);
    this.refuseList(name, end);
    this.at = end;
  }

  /** `phone:(555) 123-4567` would be 555 in the field, and the rest anywhere. */
  private refuseAreaCode(open: number): void {
    const close = this.signs.indexOf(')', open);
    if (/^[\d\s+./-]*$/.test(this.textOf(open + 1, close < 0 ? this.signs.length : close)))
      throw incompleteNumber(open);
  }

  /** `state:CA,NY` would be CA in the field, and NY anywhere. */
  private refuseList(name: string, end: number): void {
    if ((this.signs[end] !== ',' && this.signs[end] !== ';') || this.textOf(end + 1, this.signs.length).trim() === '')
      return;
    const message = `has a list behind "${name}:"; write ${name}:(… OR …) for any of them, or a blank for something else`;
    throw new SearchError('unsupported_operator', message, end);
  }

  /** The text of a word, from `offset` to before `end`. */
  private value(offset: number, end: number): void {
    const signs = this.signs.slice(offset, end);
    refuseForeignSigns(signs, this.signs[end], offset);
    this.refuseSingleQuotes(offset, end);
    const star = this.wildcardIn(offset, end);
    if (star === undefined) this.term('word', this.textOf(offset, end), offset);
    else if (star === offset || star < end - 1) throw misplacedWildcard(star);
    else this.term('prefix', this.textOf(offset, star), offset);
  }

  /** `'java developer'`: an apostrophe that something closes further on. Around one word it changes nothing. */
  private refuseSingleQuotes(offset: number, end: number): void {
    if (!isApostrophe(this.signs[offset]) || isApostrophe(this.signs[end - 1])) return;
    for (let at = end; at < this.signs.length; at++) {
      if (this.signs[at] === '"') return;
      if (isApostrophe(this.signs[at]) && (this.isWordEnd(at + 1) || this.isComma(at + 1))) {
        const message = `has single quotes around words; write double quotes: "…"`;
        throw new SearchError('unsupported_operator', message, offset);
      }
    }
  }

  /** Where the first star is that is no part of the text. */
  private wildcardIn(from: number, end: number): number | undefined {
    for (let at = from; at < end; at++) {
      if (this.signs[at] !== '*') continue;
      const isText =
        /\p{L}/u.test(this.signs[at - 1] ?? '') && GENDERED.test(this.textOf(at + 1, Math.min(end, at + 7)));
      if (!isText) return at;
    }
    return undefined;
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

  private textOf(from: number, end: number): string {
    return this.characters.slice(from, end).join('');
  }

  private isWordEnd(at: number): boolean {
    const sign = this.signs[at];
    return sign === undefined || sign === ')' || BLANK.test(sign);
  }

  /** No field can be meant. */
  private isTextWithColon(word: string): boolean {
    return isText(word) && !this.names.has(word.slice(0, word.indexOf(':')).toLowerCase());
  }
}

/** `12:30`, `https://example.com`, `Entwickler:in`. */
const isText = (word: string): boolean => /^\d/.test(word) || /^[^:]+:\/\//.test(word) || GENDERED_BY_COLON.test(word);

const isDigit = (sign: string | undefined): boolean => sign !== undefined && /\p{Nd}/u.test(sign);
const isApostrophe = (sign: string | undefined): boolean => sign !== undefined && `'${APOSTROPHES}`.includes(sign);

const misplacedWildcard = (offset: number): SearchError =>
  new SearchError(
    'misplaced_wildcard',
    'has a "*" in another place than at the end of a word outside of quotes',
    offset,
  );
