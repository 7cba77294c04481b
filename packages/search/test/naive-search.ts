import type { Person } from './people.js';

/**
 * What a query means, written down without regard to how it is done: no index, no lexemes, no SQL. Only for the letters
 * that the generators use.
 */
export type Query =
  | { type: 'and' | 'or'; children: Query[] }
  | { type: 'not'; child: Query }
  | { type: 'term'; field: string | undefined; kind: 'word' | 'prefix' | 'phrase'; text: string };

/** A place in a text: what is found there. */
interface Slot {
  /** What the text says here, in one word. */
  whole: string;
  /** The same where umlauts are written out. */
  spelledOut: string;
  /** The whole and its parts. */
  forms: Set<string>;
  /** For characters of a script without blanks: which run of them this belongs to. */
  run?: number;
}

export function matches(query: Query, person: Person): boolean {
  switch (query.type) {
    case 'and':
      return query.children.every((child) => matches(child, person));
    case 'or':
      return query.children.some((child) => matches(child, person));
    case 'not':
      return !matches(query.child, person);
    case 'term':
      return textsOf(person, query.field).some((text) => hasTerm(slotsOf(text), query));
  }
}

function textsOf(person: Person, field: string | undefined): string[] {
  const texts: Record<string, (string | null)[]> = {
    name: namesOf(person),
    title: [person.title],
    skill: person.skills,
    email: [person.email],
    state: [person.state],
    summary: [person.summary],
  };
  return (field === undefined ? Object.values(texts).flat() : texts[field]!).filter((text) => text !== null);
}

/** The family name comes first in East Asia, without a blank. */
const namesOf = ({ first_name, last_name }: Person): string[] => [
  `${first_name} ${last_name}`,
  ...(/^[\u4e00-\u9fff]/u.test(first_name) && /[\u4e00-\u9fff]$/u.test(last_name) ? [last_name + first_name] : []),
];

function hasTerm(text: Slot[], term: Extract<Query, { type: 'term' }>): boolean {
  const isPrefix = term.kind === 'prefix';
  const slots = slotsOf(term.text);
  if (hasSequence(text, slots, isPrefix)) return true;
  if (term.kind === 'phrase') return hasSequence(text, withoutInitials(slots), isPrefix);
  return otherWritings(term.text).some((other) => hasSequence(text, other, isPrefix));
}

/** `"conan o brien"` may be written `conan o'brien`. */
function withoutInitials(slots: Slot[]): Slot[] {
  const isInitial = (slot: Slot | undefined): boolean => slot?.run === undefined && /^\p{L}$/u.test(slot?.whole ?? '');
  const rest = [...slots];
  const joined: Slot[] = [];
  for (let slot = rest.shift(); slot; slot = rest.shift()) {
    const next = rest[0];
    if (next && isInitial(slot) && !isInitial(next) && next.run === undefined) {
      rest.shift();
      joined.push(word(slot.whole + next.whole, slot.spelledOut + next.spelledOut));
    } else joined.push(slot);
  }
  return joined;
}

const word = (whole: string, spelledOut: string): Slot => ({ whole, spelledOut, forms: new Set() });

/** `full-stack` may be written `fullstack`, and `Node.js` `node js`. */
function otherWritings(text: string): Slot[][] {
  const [compound, ...others] = compoundsOf(text);
  if (!compound || others.length > 0) return [];
  if (compound.length > 1)
    return compound[0]!.run === undefined ? [[word(joined(compound), spelledOut(compound))]] : [];
  const { whole } = compound[0]!;
  const piecesOf = (each: string): string[] => each.match(/[\p{L}\p{N}]+[+#]*/gu) ?? [];
  const pieces = piecesOf(plain(text));
  const spelled = piecesOf(plain(withoutUmlauts(text)));
  if (pieces.length < 2 || whole.includes('@') || /\d[._]\d/.test(whole)) return [];
  return [pieces.map((piece, n) => word(piece, spelled[n]!))];
}

const joined = (slots: Slot[]): string => slots.map(({ whole }) => whole).join('');
const spelledOut = (slots: Slot[]): string => slots.map((slot) => slot.spelledOut).join('');

function hasSequence(text: Slot[], wanted: Slot[], isPrefix: boolean): boolean {
  return text.some((_, start) =>
    wanted.every((slot, n) => {
      const here = text[start + n];
      if (!here) return false;
      const before = wanted[n - 1];
      if (slot.run !== undefined && before?.run === slot.run && here.run !== text[start + n - 1]!.run) return false;
      const isBeginning = isPrefix && n === wanted.length - 1;
      return [slot.whole, slot.spelledOut].some((spelling) =>
        isBeginning ? [...here.forms].some((form) => form.startsWith(spelling)) : here.forms.has(spelling),
      );
    }),
  );
}

const plain = (text: string): string =>
  text
    .replaceAll('\u2019', "'")
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
    .replaceAll('\u00df', 'ss')
    .replaceAll('\u0629', '\u0647');

const withoutUmlauts = (text: string): string =>
  text.normalize('NFC').replaceAll(/[\u00e4\u00f6\u00fc\u00c4\u00d6\u00dc]/g, (umlaut) => `${plain(umlaut)}e`);

/** Every query asks for the same texts. */
const known = new Map<string, Slot[]>();

function slotsOf(text: string): Slot[] {
  const slots = known.get(text) ?? compoundsOf(text).flat();
  known.set(text, slots);
  return slots;
}

/** What is written together: hyphenated words, addresses, runs of characters of a script without blanks. */
function compoundsOf(text: string): Slot[][] {
  const spelled = compoundsIn(plain(withoutUmlauts(text)));
  return compoundsIn(plain(text)).map((compound, n) =>
    compound.map((slot, m) => {
      const other = spelled[n]![m]!;
      return { ...slot, spelledOut: other.whole, forms: new Set([...slot.forms, ...other.forms]) };
    }),
  );
}

function compoundsIn(text: string): Slot[][] {
  const apart = text.replaceAll(/[\u4e00-\u9fff]+/gu, ' $& ');
  const chunks = apart.split(/[^\p{L}\p{N}.'_+#@-]+|\.\.+/u);
  return chunks.flatMap((chunk, run) => {
    if (/^[\u4e00-\u9fff]/u.test(chunk))
      return [[...chunk].map((whole) => ({ whole, spelledOut: whole, forms: new Set([whole]), run }))];
    if (/@[^@]*[\p{L}\p{N}][^@]*$/u.test(chunk.replace(/[@.'_-]+$/, '')))
      return [[address(chunk.replace(/[@.'_-]+$/, ''))]];
    return hyphenated(chunk.replaceAll('@', '-'));
  });
}

function hyphenated(chunk: string): Slot[][] {
  const groups: Slot[][] = [[]];
  for (const part of chunk.split('-')) {
    const slot = slotOf(part);
    const group = groups.at(-1)!;
    if (!slot) groups.push([]);
    else if (/\d$/.test(joined(group)) && /^\d/.test(slot.whole)) groups.push([slot]);
    else group.push(slot);
  }
  for (const group of groups) if (group.length > 1) group.at(-1)!.forms.add(joined(group));
  return groups.filter((group) => group.length > 0);
}

const withoutGlue = (text: string): string =>
  [...text]
    .filter((character, n, all) => {
      if (character === "'") return false;
      if (character !== '.' && character !== '_') return true;
      return /\d/.test(all[n - 1] ?? '') && /\d/.test(all[n + 1] ?? '');
    })
    .join('');

function slotOf(text: string): Slot | undefined {
  const pieces = [...text.matchAll(/(\.?)([\p{L}\p{N}]+)([+#]*)/gu)];
  if (pieces.length === 0) return undefined;
  const hasDot = pieces[0]![1] === '.' && !/^\d/.test(pieces[0]![2]!);
  const body = text.replace(/^[.'_+#]+/, '').replace(/[.'_]+$/, '');
  const whole = (hasDot ? '.' : '') + withoutGlue(body);
  const forms = new Set([whole]);
  if (/^\p{L}'/u.test(text) && pieces.length > 1) forms.add(pieces[0]![2]!);
  for (const [, dot, letters, signs] of pieces as unknown as [string, string, string, string][]) {
    const name = letters + signs;
    if (name.length > 1) forms.add(name);
    if (dot && !/^\d/.test(name)) forms.add(`.${name}`);
    if (signs && (letters.length > 1 || /\d/.test(letters))) forms.add(letters);
  }
  return { whole, spelledOut: whole, forms };
}

function address(chunk: string): Slot {
  const at = chunk.lastIndexOf('@');
  const local = chunk.slice(0, at).replace(/^[.'_+#@-]+/, '');
  const domain = chunk.slice(at + 1).replaceAll(/^[.'_+#-]+|[.'_+#-]+$/g, '');
  const whole = `${local}@${domain}`.replaceAll("'", '');
  const words = (text: string) => text.match(/[\p{L}\p{N}]+/gu) ?? [];
  const names = words(domain);
  const parts = [...(names.length > 1 ? names.slice(0, -1) : names), ...words(local)].filter((part) => part.length > 1);
  const forms = new Set([whole, `@${domain.replaceAll("'", '')}`, withoutGlue(domain), ...parts]);
  if (words(local).length > 0) forms.add(withoutGlue(local.replaceAll('-', '')));
  return { whole, spelledOut: whole, forms };
}
