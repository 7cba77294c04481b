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
    name: [`${person.first_name} ${person.last_name}`],
    title: [person.title],
    skill: person.skills,
    email: [person.email],
    state: [person.state],
    summary: [person.summary],
  };
  return (field === undefined ? Object.values(texts).flat() : texts[field]!).filter((text) => text !== null);
}

function hasTerm(text: Slot[], term: Extract<Query, { type: 'term' }>): boolean {
  const isPrefix = term.kind === 'prefix';
  const slots = slotsOf(term.text);
  if (hasSequence(text, slots, isPrefix)) return true;
  if (term.kind === 'phrase') return false;
  return otherWritings(term.text).some((other) => hasSequence(text, other, isPrefix));
}

/** `full-stack` may be written `fullstack`, and `Node.js` `node js`. */
function otherWritings(text: string): Slot[][] {
  const [compound, ...others] = compoundsOf(text);
  if (!compound || others.length > 0) return [];
  const word = (whole: string): Slot => ({ whole, forms: new Set() });
  if (compound.length > 1) return compound[0]!.run === undefined ? [[word(joined(compound))]] : [];
  const { whole } = compound[0]!;
  const pieces = plain(text).match(/[\p{L}\p{N}]+[+#]*/gu) ?? [];
  return pieces.length < 2 || whole.includes('@') || /\d[._]\d/.test(whole) ? [] : [pieces.map(word)];
}

const joined = (slots: Slot[]): string => slots.map(({ whole }) => whole).join('');

function hasSequence(text: Slot[], wanted: Slot[], isPrefix: boolean): boolean {
  return text.some((_, start) =>
    wanted.every((slot, n) => {
      const here = text[start + n];
      if (!here) return false;
      const before = wanted[n - 1];
      if (slot.run !== undefined && before?.run === slot.run && here.run !== text[start + n - 1]!.run) return false;
      if (isPrefix && n === wanted.length - 1) return [...here.forms].some((form) => form.startsWith(slot.whole));
      return here.forms.has(slot.whole);
    }),
  );
}

const plain = (text: string): string =>
  text
    .replaceAll('\u2019', "'")
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
    .replaceAll('\u00df', 'ss');

const slotsOf = (text: string): Slot[] => compoundsOf(text).flat();

/** What is written together: hyphenated words, addresses, runs of characters of a script without blanks. */
function compoundsOf(text: string): Slot[][] {
  const apart = plain(text).replaceAll(/[\u4e00-\u9fff]+/gu, ' $& ');
  const chunks = apart.split(/[^\p{L}\p{N}.'_+#@-]+|\.\.+/u);
  return chunks.flatMap((chunk, run) => {
    if (/^[\u4e00-\u9fff]/u.test(chunk)) return [[...chunk].map((whole) => ({ whole, forms: new Set([whole]), run }))];
    if (/@[^@]*[\p{L}\p{N}][^@]*$/u.test(chunk.replace(/[@.'_-]+$/, '')))
      return [[address(chunk.replace(/[@.'_-]+$/, ''))]];
    return hyphenated(chunk.replaceAll('@', '-'));
  });
}

function hyphenated(chunk: string): Slot[][] {
  const groups: Slot[][] = [[]];
  for (const part of chunk.split('-')) {
    const slot = word(part);
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

function word(text: string): Slot | undefined {
  const pieces = [...text.matchAll(/(\.?)([\p{L}\p{N}]+)([+#]*)/gu)];
  if (pieces.length === 0) return undefined;
  const hasDot = pieces[0]![1] === '.' && !/^\d/.test(pieces[0]![2]!);
  const body = text.replace(/^[.'_+#]+/, '').replace(/[.'_]+$/, '');
  const whole = (hasDot ? '.' : '') + withoutGlue(body);
  const forms = new Set([whole]);
  for (const [, dot, letters, signs] of pieces as unknown as [string, string, string, string][]) {
    const name = letters + signs;
    if (name.length > 1) forms.add(name);
    if (dot && !/^\d/.test(name)) forms.add(`.${name}`);
    if (signs && (letters.length > 1 || /\d/.test(letters))) forms.add(letters);
  }
  return { whole, forms };
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
  return { whole, forms };
}
