import { inClass, JOINERS } from './characters.js';
import { beginningOf, normalize, withoutMarks } from './normalize.js';

/** A place in a text: what is found there. */
export interface Place {
  /** The text itself; empty behind the last pair of a script without blanks. */
  readonly word: string;
  /** By which it can be found as well. */
  readonly others: readonly string[];
  /** A hyphenated word that ends here, in one. */
  joined?: string;
  /** The word is a single character of a script without blanks, and in a query the beginning of a pair. */
  readonly isHalf?: true;
}

/** Longest lexeme, in units of UTF-16: Postgres takes 2,046 bytes. Longer words are the same when they begin the same. */
const MAX_LEXEME = 200;

const isCompound = new RegExp(`[${JOINERS.replace('-', String.raw`\-`)}${inClass.unspaced}]`, 'u');
const isUnspaced = new RegExp(`^[${inClass.unspaced}]`, 'u');
/** A run of letters with what ends a name such as C++. */
const name = `[^${inClass.others}${inClass.unspaced}]+[+#]*`;
const names = new RegExp(name, 'gu');
const dottedNames = new RegExp(String.raw`\.?${name}`, 'gu');

/**
 * A normalised text as places, the one way from text to lexemes for rows and queries alike.
 *
 * - `nodejs`, also `node`, `.js` and `js`, for `Node.js`: its parts;
 * - `obrien`, also `brien` and `o`, for `O'Brien`: the letter in front of an apostrophe is a word of its own;
 * - `full`, and `stack` with the joined `fullstack`, for `full-stack`: a hyphenated word in one, at its last place;
 * - `ab`, `bc` and nothing with the other `c` for `abc` in a script without blanks, whose pairs stand for the text;
 * - `a` as a half for a single character of such a script.
 */
export function placesOf(normalized: string): Place[] {
  const places: Place[] = [];
  // Most texts have none.
  const hasCompounds = isCompound.test(normalized);
  for (const word of normalized.split(' ')) {
    if (word === '') continue;
    if (!hasCompounds || !isCompound.test(word)) places.push({ word: cut(word), others: NONE });
    else if (isUnspaced.test(word)) addPairs(places, word);
    else addCompound(places, word);
  }
  return places;
}

/** The runs of letters in a normalised text, as they may be written apart: `node` and `js` of `node.js`. */
export const namesOf = (normalized: string): string[] => (normalized.match(names) ?? []).map(cut);

/** Whether a text has anything that can be found: a letter or a digit of some script. */
export const isSearchable = (text: string): boolean => placesOf(normalize(text)).length > 0;

/**
 * Whether a text is enough of a word to be looked up as its beginning: its last run of letters has two characters, or it is of a script
 * without blanks, where one is a word.
 */
export function isLongPrefix(text: string): boolean {
  const last = namesOf(withoutMarks(normalize(text))).at(-1);
  return last === undefined || [...last].length > 1;
}

const NONE: readonly string[] = [];
const cut = (lexeme: string): string => beginningOf(lexeme, MAX_LEXEME);

function addPairs(places: Place[], word: string): void {
  const characters = [...word];
  const last = characters.at(-1)!;
  if (characters.length === 1) {
    places.push({ word, others: NONE, isHalf: true });
    return;
  }
  for (let n = 1; n < characters.length; n++) places.push({ word: characters[n - 1]! + characters[n]!, others: NONE });
  places.push({ word: '', others: [last] });
}

function addCompound(places: Place[], word: string): void {
  const chunk = withoutEnd(word, "@.'_-").replace(/^www\.(?![.'_+#@-]|$)/, '');
  const address = addressIn(chunk);
  if (address) places.push(address);
  else addHyphenated(places, chunk.replaceAll('@', '-'));
}

/** `jane.doe@example.com`: whole, by its domain, and by the words in it but for the last of the domain. */
function addressIn(chunk: string): Place | undefined {
  const at = chunk.lastIndexOf('@');
  if (at < 0) return undefined;
  const domain = withoutEnd(chunk.slice(at + 1), JOINERS).replace(/^[.'_+#-]+/, '');
  if (domain === '') return undefined;
  const local = chunk.slice(0, at).replace(/^[.'_+#@-]+/, '');
  const domainNames = lettersIn(domain);
  const parts = [...(domainNames.length > 1 ? domainNames.slice(0, -1) : domainNames), ...lettersIn(local)];
  return {
    word: cut(`${local}@${domain}`.replaceAll("'", '')),
    others: [
      `@${domain.replaceAll("'", '')}`,
      withoutGlue(domain),
      ...(local === '' ? [] : [withoutGlue(local.replaceAll('-', ''))]),
      ...parts.filter((part) => part.length > 1),
    ].map(cut),
  };
}

const lettersIn = (text: string): string[] => text.split(/[.'_+#@-]+/).filter((part) => part !== '');

/** Without any of these characters at its end. As a regular expression this would take quadratic time for many of them elsewhere. */
function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1]!)) end -= 1;
  return text.slice(0, end);
}

/** Without apostrophes, and without the dots and underscores that do not stand between digits. */
const withoutGlue = (word: string): string => word.replaceAll(/'|(?<![0-9])[._]|[._](?![0-9])/g, '');

/** Words with hyphens between them, or a single one that has dots or signs in it. */
function addHyphenated(places: Place[], chunk: string): void {
  let hyphenated = '';
  let runs = 0;
  const end = (): void => {
    if (runs > 1) places.at(-1)!.joined = cut(hyphenated);
    hyphenated = '';
    runs = 0;
  };
  for (const run of chunk.split('-')) {
    const place = placeOf(run);
    if (!place) {
      end();
      continue;
    }
    if (/[0-9]$/.test(hyphenated) && /^[0-9]/.test(place.word)) end();
    // No longer than a lexeme can be: a word of ten thousand hyphens must not take quadratic time.
    if (hyphenated.length < MAX_LEXEME) hyphenated += place.word;
    runs += 1;
    places.push(place);
  }
  end();
}

function placeOf(run: string): Place | undefined {
  const parts = run.match(dottedNames);
  if (!parts) return undefined;
  const body = withoutGlue(withoutEnd(run, ".'_").replace(/^[.'_+#]+/, ''));
  const whole = isDotted(parts[0]) ? `.${body}` : body;
  const others: string[] = [];
  if (/^\p{L}'/u.test(run) && parts.length > 1) others.push(parts[0]);
  for (const part of parts) {
    if (part !== whole && isDotted(part)) others.push(part);
    const signed = part.replace(/^\./, '');
    if (signed !== whole && signed.length > 1) others.push(signed);
    const letters = withoutEnd(signed, '+#');
    if (letters !== signed && (letters.length > 1 || /[0-9]/.test(letters))) others.push(letters);
  }
  return { word: cut(whole), others: others.map(cut) };
}

/** `.net`, and not `.5`. */
const isDotted = (part: string): boolean => /^\.[^0-9]/.test(part);
