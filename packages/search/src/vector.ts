import type { SearchField, SearchFields } from './fields.js';
import { keysOf, type KeyKind } from './keys.js';
import { LEXEMES_MARK, quoted } from './lexemes.js';
import { beginningOf, isMarked, normalize, spellingsOf } from './normalize.js';
import { placesOf } from './places.js';

/**
 * How much of a field is searchable, in units of UTF-16, before and after normalisation, which can make eighteen of one: all that a
 * description of a job can have.
 */
const MAX_FIELD = 100_000;
/**
 * Greatest size of a row's vector as text, in bytes. As such it is larger than as a `tsvector`, of which Postgres refuses more than
 * 1 MiB. Tables with limits like those of candidates come near only with tens of thousands of ligatures.
 */
const MAX_VECTOR = 1_000_000;
/** How many places there are between two entries of a list or two fields, beside their own: no phrase spans them. */
const GAP = 3;

/**
 * What a row is indexed by, in the text form of a `tsvector`. Whoever writes a row with a search column writes this with it.
 * Places count through all fields.
 *
 * Lexemes of words need no quotes: they consist of letters, digits and `. _ + # @ -`.
 */
export function searchVector(fields: SearchFields, row: object): string {
  const values = row as Readonly<Record<string, unknown>>;
  const lexemes = [`${LEXEMES_MARK} `];
  let at = 1;
  for (const field of fields) {
    if (field.key !== undefined) addKeys(lexemes, field, field.key, values);
    else if (field.isPart !== true) at = addField(lexemes, field, values, at);
  }
  return fitting(lexemes.join(''));
}

/** @returns the place behind the field */
function addField(lexemes: string[], field: SearchField, row: Readonly<Record<string, unknown>>, from: number): number {
  const { parts, weight } = field;
  const codes: Codes = { code: field.code, isTwice: field.isLong !== true && field.isOnlyNamed !== true, part: '' };
  let at = from;
  let left = MAX_FIELD;
  for (const [n, text] of textsOf(field, row).entries()) {
    codes.part = parts?.[n] ?? '';
    if (isSimple(text) && text.length <= left) {
      for (const word of text.toLowerCase().split(' ')) {
        if (word !== '') add(lexemes, word, codes, `:${at++}${weight} `);
      }
      left -= text.length;
    } else {
      const normalized = beginningOf(normalize(beginningOf(text, left)), left);
      const addWord = isMarked(normalized) ? addSpellings : add;
      for (const { word, others, joined } of placesOf(normalized)) {
        const behind = `:${at++}${weight} `;
        if (word !== '') addWord(lexemes, word, codes, behind);
        for (const other of others) addWord(lexemes, other, codes, behind);
        if (joined !== undefined) addWord(lexemes, joined, codes, behind);
      }
      left = Math.max(0, left - Math.max(text.length, normalized.length));
    }
    // The parts of a name follow each other.
    if (parts === undefined || n >= parts.length - 1) at += GAP;
  }
  return at;
}

/** What the words of a text are stored under. */
interface Codes {
  readonly code: string;
  /** Whether they are stored without a code, too. */
  readonly isTwice: boolean;
  /** The code of the part of a name that they are in. */
  part: string;
}

function add(lexemes: string[], word: string, { code, isTwice, part }: Codes, behind: string): void {
  lexemes.push(code, word, behind);
  if (isTwice) lexemes.push(word, behind);
  if (part !== '') lexemes.push(part, word, behind);
}

function addSpellings(lexemes: string[], word: string, codes: Codes, behind: string): void {
  for (const spelling of spellingsOf(word)) add(lexemes, spelling, codes, behind);
}

/** A text of which normalisation and compounds make nothing else: most are such. */
const isSimple = (text: string): boolean => text.length <= 200 && /^[a-z0-9 ]*$/i.test(text);

function addKeys(
  lexemes: string[],
  { columns, code }: SearchField,
  key: KeyKind,
  row: Readonly<Record<string, unknown>>,
): void {
  for (const column of columns) {
    const value = row[column] as string | null | undefined;
    if (!value) continue;
    for (const lexeme of keysOf(key, value)) if (lexeme !== '') lexemes.push(quoted(code + lexeme), ' ');
  }
}

function textsOf({ columns, isArray, parts }: SearchField, row: Readonly<Record<string, unknown>>): readonly string[] {
  const entries = row[columns[0]] as readonly string[];
  if (isArray) return entries.length > 0 ? entries : NOTHING;
  const texts = columns.map((column) => (row[column] as string | null | undefined) ?? '');
  if (!parts) return texts.length === 1 ? texts : [texts.join(' ')];
  const [first = '', last = ''] = texts;
  return BEGINS_EAST_ASIAN.test(first) && ENDS_EAST_ASIAN.test(last) ? [first, last, last + first] : texts;
}

const NOTHING = [''];

/** Han, kana and hangul. */
const EAST_ASIAN = String.raw`[\u3005-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f\u{20000}-\u{3ffff}]`;
const BEGINS_EAST_ASIAN = new RegExp(`^${EAST_ASIAN}`, 'u');
const ENDS_EAST_ASIAN = new RegExp(`${EAST_ASIAN}$`, 'u');

/** As much of a vector as Postgres takes, from its beginning. */
function fitting(vector: string): string {
  let fit = vector;
  while (Buffer.byteLength(fit) > MAX_VECTOR) fit = fit.slice(0, fit.lastIndexOf(' ', fit.length * 0.9) + 1);
  return fit;
}

/** Keeps the search column of rows in step: for `derived` of the kind of row that has one. */
export function derivedSearch<Row extends object>(
  fields: SearchFields,
): (row: Row, changed: readonly (keyof Row)[]) => { search?: string } {
  const searched = new Set<unknown>(fields.flatMap(({ columns }) => columns));
  return (row, changed) =>
    changed.some((column) => searched.has(column)) ? { search: searchVector(fields, row) } : {};
}
