import type { SearchFields } from './fields.js';
import { bareKeyQueryOf, keyQueryOf } from './keys.js';
import { quoted } from './lexemes.js';
import { normalize, spellingsOf } from './normalize.js';
import { mustHave, parseSearch, type ParseOptions, type SearchNode, type TermNode } from './parser.js';
import { namesOf, type Place, placesOf } from './places.js';

/** A query in the text form of a `tsquery`. */
export interface CompiledSearch {
  readonly tsquery: string;
  /**
   * The same in two, both of which a row has to match, where one is costly to look up in an index: it has the beginnings of words,
   * each of which stands for all that begin so. The other has words and phrases alone.
   */
  readonly split?: { readonly plain: string; readonly costly: string };
  /**
   * What a row that is found is ranked by: any of what the query asks for, so that a place in a title counts for what it is worth, and
   * not for what else is near. What a query excludes has no part in it; one that only excludes ranks nothing.
   */
  readonly ranking: string;
  /** Whether the query only excludes, and no index answers it. */
  readonly onlyExcludes: boolean;
}

/**
 * A query as a `tsquery`, to be matched with `@@` against the column that `addSearchColumnV1` adds. Terms become lexemes in the way that
 * texts of rows do.
 *
 * Statements take it as a parameter, and have no name: Postgres then plans for the words that it is given, and how rare they are.
 *
 * @param options see {@link parseSearch}
 * @throws SearchError
 */
export function compileSearch(query: string, fields: SearchFields, options?: ParseOptions): CompiledSearch {
  const wanted: string[] = [];
  // Negations end up at the terms: from one around a group, GIN does not see that something is asked for, and reads all rows.
  const compile = (node: SearchNode, isNegated: boolean): string => {
    switch (node.type) {
      case 'and':
      case 'or': {
        const operator = (node.type === 'and') === isNegated ? '|' : '&';
        const children = node.children.map((child) => compile(child, isNegated));
        return join(children, operator);
      }
      case 'not':
        return compile(node.child, !isNegated);
      case 'term': {
        const term = `(${termQuery(node, fields)})`;
        if (!isNegated) wanted.push(term);
        return isNegated ? `!${term}` : term;
      }
    }
  };
  const root = withNumbers(parseSearch(query, fields, options), fields);
  const whole = compile(root, false);
  const ranking = wanted.length === 0 ? whole : join(wanted, '|');
  const search = { tsquery: whole, ranking, onlyExcludes: !mustHave(root) };
  if (root.type !== 'and') return search;
  const parts = new Map(root.children.map((child) => [child, compile(child, false)]));
  const joined = (children: readonly SearchNode[]): string =>
    join(
      children.map((child) => parts.get(child)!),
      '&',
    );
  const plain = root.children.filter(isPlain);
  if (plain.length === 0 || !root.children.some(hasPrefix)) return search;
  const costly = root.children.filter((child) => !plain.includes(child));
  return { ...search, split: { plain: joined(plain), costly: joined(costly) } };
}

const join = (parts: readonly string[], operator: '&' | '|'): string => `(${parts.join(` ${operator} `)})`;

const isPlain = (node: SearchNode): boolean =>
  node.type === 'term' ? node.kind !== 'prefix' : node.type !== 'not' && node.children.every(isPlain);

const hasPrefix = (node: SearchNode): boolean =>
  node.type === 'term' ? node.kind === 'prefix' : (node.type === 'not' ? [node.child] : node.children).some(hasPrefix);

/** `+49 221 123456`: words that together may be a phone number, and are looked for as one, too. */
function withNumbers(node: SearchNode, fields: SearchFields): SearchNode {
  const phone = fields.find(({ key }) => key === 'phone')?.field;
  if (node.type === 'term' || phone === undefined) return node;
  if (node.type === 'not') return { ...node, child: withNumbers(node.child, fields) };
  const children = node.children.map((child) => withNumbers(child, fields));
  if (node.type === 'or') return { ...node, children };
  const joined: SearchNode[] = [];
  for (let at = 0; at < children.length;) {
    let end = at;
    while (end < children.length && isGroupOfDigits(children[end]!)) end += 1;
    const run = children.slice(at, end) as TermNode[];
    const text = run.map((term) => term.text).join(' ');
    if (run.length > 1 && keyQueryOf('phone', text, false)) {
      const number: TermNode = { type: 'term', field: phone, kind: 'phrase', text, offset: run[0]!.offset };
      joined.push({ type: 'or', children: [{ type: 'and', children: run }, number] });
    } else joined.push(...children.slice(at, Math.max(end, at + 1)));
    at = Math.max(end, at + 1);
  }
  return joined.length === 1 ? joined[0]! : { type: 'and', children: joined };
}

const isGroupOfDigits = (node: SearchNode): boolean =>
  node.type === 'term' && node.field === undefined && node.kind === 'word' && /^\+?\d[\d./-]*$/.test(node.text);

/** The codes under which a term is looked up; nothing is the code that the short fields share. */
function scopesOf(term: TermNode, fields: SearchFields): string[] {
  const isMeant = ({ field, isLong, key }: SearchFields[number]): boolean =>
    key === undefined && (term.field === undefined ? isLong === true : field === term.field);
  const codes = fields.filter(isMeant).map(({ code }) => code);
  return term.field === undefined ? ['', ...codes] : codes;
}

/** A word of a phrase: its lexeme, how many places it is behind the one before, and what follows the lexeme. */
interface Step {
  readonly lexeme: string;
  readonly distance: number;
  readonly ending: '' | ':*';
}

/** A term in the fields that it means, as words and as the values that are compared whole. */
export function termQuery(term: TermNode, fields: SearchFields): string {
  const { text, kind } = term;
  const forms = formsOf(text, kind);
  const words = scopesOf(term, fields).flatMap((scope) => forms.map((form) => phraseQuery(form, scope)));
  return [...words, ...keyQueries(term, fields)].join(' | ');
}

function keyQueries({ text, kind, field }: TermNode, fields: SearchFields): string[] {
  return fields.flatMap(({ field: name, key, code }) => {
    if (key === undefined || (field !== undefined && field !== name)) return [];
    const isBeginning = kind === 'prefix';
    if (field === undefined && isBeginning) return [];
    const query = field === undefined ? bareKeyQueryOf(key, text) : keyQueryOf(key, text, isBeginning);
    return query ? [`${quoted(code + query.lexeme)}${query.isBeginning ? ':*' : ''}`] : [];
  });
}

const phraseQuery = (steps: readonly Step[], scope: string): string => {
  const words = steps.map(({ lexeme, distance, ending }, index) => {
    const spellings = spellingsOf(lexeme).map((each) => `'${scope}${each}'${ending}`);
    const word = spellings.length === 1 ? spellings[0]! : `(${spellings.join(' | ')})`;
    return index === 0 ? word : ` <${distance}> ${word}`;
  });
  return words.length === 1 ? words[0]! : `(${words.join('')})`;
};

/**
 * What a term may be written as. What has several places is a phrase.
 *
 * - A word that is one compound is also found written in one, or apart: `full-stack` as `fullstack` and `full stack`, `Node.js` as
 *   `nodejs` and `node js`.
 * - A letter before a word of a phrase may be joined to it by an apostrophe: `"conan o brien"` as `conan o'brien`.
 * - `Entwickler*in` is also found as `Entwicklerin`.
 */
function formsOf(text: string, kind: TermNode['kind']): Step[][] {
  const ending = kind === 'prefix' ? ':*' : '';
  const normalized = normalize(text);
  const places = placesOf(normalized);
  const steps = stepsOf(places);
  const forms = [steps];
  const inOneWord = text.replaceAll(GENDER, '$1');
  if (inOneWord !== text) forms.push(stepsOf(placesOf(normalize(inOneWord))));
  if (kind === 'phrase') {
    const joined = withoutInitials(steps);
    if (joined.length < steps.length) forms.push(joined);
    return forms;
  }
  const joined = steps.map(({ lexeme }) => lexeme).join('');
  if (steps.length > 1) {
    if (places.at(-1)?.joined === joined) forms.push([{ lexeme: joined, distance: 0, ending: '' }]);
  } else if (!/@|[0-9][._][0-9]/.test(joined)) {
    const apart = namesOf(normalized).map((lexeme): Step => ({ lexeme, distance: 1, ending: '' }));
    if (apart.length > 1) forms.push(apart);
  }
  return forms.map((form) => withEnding(form, ending));
}

/** `*in` and `:in` behind a German word. */
const GENDER = /(?<=\p{L})[*:](in|innen)(?![\p{L}\p{N}])/giu;

function stepsOf(places: readonly Place[]): Step[] {
  const steps: Step[] = [];
  let distance = 0;
  for (const { word, isHalf } of places) {
    distance += 1;
    if (word === '') continue;
    steps.push({ lexeme: word, distance, ending: isHalf ? ':*' : '' });
    distance = 0;
  }
  return steps;
}

/** With single letters joined to the words behind them. */
function withoutInitials(steps: readonly Step[]): Step[] {
  const joined: Step[] = [];
  let initial: Step | undefined;
  for (const step of steps) {
    const isInitial = /^\p{L}$/u.test(step.lexeme) && step.ending === '';
    if (initial && step.distance === 1 && step.ending === '' && !isInitial) {
      joined.push({ ...initial, lexeme: initial.lexeme + step.lexeme });
      initial = undefined;
      continue;
    }
    if (initial) joined.push(initial);
    initial = isInitial ? step : undefined;
    if (!isInitial) joined.push(step);
  }
  return initial ? [...joined, initial] : joined;
}

const withEnding = (steps: readonly Step[], ending: Step['ending']): Step[] =>
  steps.map((step, index) => (index === steps.length - 1 && ending !== '' ? { ...step, ending } : step));
