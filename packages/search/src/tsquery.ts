import { fieldNames, type SearchFields } from './fields.js';
import { normalize } from './normalize.js';
import { parseSearch, type SearchNode, type TermNode } from './parser.js';
import { namesOf, placesOf } from './places.js';

/** A query in the text form of a `tsquery`. */
export interface CompiledSearch {
  readonly tsquery: string;
  /**
   * The same in two, both of which a row has to match, where one is costly to look up in an index: it has the beginnings of words,
   * each of which stands for all that begin so. The other has words and phrases alone.
   */
  readonly split?: { readonly plain: string; readonly costly: string };
}

/**
 * A query as a `tsquery`, to be matched with `@@` against the column that `addSearchColumnV1` adds. Terms become lexemes in the way that
 * texts of rows do.
 *
 * Statements take it as a parameter, and have no name: Postgres then plans for the words that it is given, and how rare they are.
 *
 * @throws SearchError
 */
export function compileSearch(query: string, fields: SearchFields): CompiledSearch {
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
      case 'term':
        return `${isNegated ? '!' : ''}(${termQuery(node, scopesOf(node, fields))})`;
    }
  };
  const root = parseSearch(query, fieldNames(fields));
  if (root.type !== 'and') return { tsquery: compile(root, false) };
  const parts = new Map(root.children.map((child) => [child, compile(child, false)]));
  const joined = (children: readonly SearchNode[]): string =>
    join(
      children.map((child) => parts.get(child)!),
      '&',
    );
  const tsquery = joined(root.children);
  const plain = root.children.filter(isPlain);
  if (plain.length === 0 || !root.children.some(hasPrefix)) return { tsquery };
  const costly = root.children.filter((child) => !plain.includes(child));
  return { tsquery, split: { plain: joined(plain), costly: joined(costly) } };
}

const join = (parts: readonly string[], operator: '&' | '|'): string => `(${parts.join(` ${operator} `)})`;

const isPlain = (node: SearchNode): boolean =>
  node.type === 'term' ? node.kind !== 'prefix' : node.type !== 'not' && node.children.every(isPlain);

const hasPrefix = (node: SearchNode): boolean =>
  node.type === 'term' ? node.kind === 'prefix' : (node.type === 'not' ? [node.child] : node.children).some(hasPrefix);

/** The codes under which a term is looked up; nothing is the code that the short fields share. */
function scopesOf(term: TermNode, fields: SearchFields): string[] {
  const isMeant = ({ field, isLong }: SearchFields[number]): boolean =>
    term.field === undefined ? isLong === true : field === term.field;
  const codes = fields.filter(isMeant).map(({ code }) => code);
  return term.field === undefined ? ['', ...codes] : codes;
}

/** A word of a phrase: its lexeme, how many places it is behind the one before, and what follows the lexeme. */
interface Step {
  readonly lexeme: string;
  readonly distance: number;
  readonly ending: '' | ':*';
}

/** A term in any of the scopes. */
function termQuery({ text, kind }: TermNode, scopes: readonly string[]): string {
  const forms = formsOf(text, kind);
  return scopes.flatMap((scope) => forms.map((form) => phraseQuery(form, scope))).join(' | ');
}

const phraseQuery = (steps: readonly Step[], scope: string): string => {
  const words = steps.map(({ lexeme, distance, ending }, index) => {
    const word = `'${scope}${lexeme}'${ending}`;
    return index === 0 ? word : ` <${distance}> ${word}`;
  });
  return words.length === 1 ? words[0]! : `(${words.join('')})`;
};

/**
 * What a term may be written as. What has several places is a phrase. A word that is one compound is also found written in one, or
 * apart: `full-stack` as `fullstack` and `full stack`, `Node.js` as `nodejs` and `node js`.
 */
function formsOf(text: string, kind: TermNode['kind']): Step[][] {
  const ending = kind === 'prefix' ? ':*' : '';
  const normalized = normalize(text);
  const places = placesOf(normalized);
  const steps: Step[] = [];
  let distance = 0;
  for (const { word, isHalf } of places) {
    distance += 1;
    if (word === '') continue;
    steps.push({ lexeme: word, distance, ending: isHalf ? ':*' : '' });
    distance = 0;
  }
  const forms = [withEnding(steps, ending)];
  if (kind === 'phrase') return forms;
  const joined = steps.map(({ lexeme }) => lexeme).join('');
  if (steps.length > 1) {
    if (places.at(-1)?.joined === joined) forms.push([{ lexeme: joined, distance: 0, ending }]);
  } else if (!/@|[0-9][._][0-9]/.test(joined)) {
    const apart = namesOf(normalized).map((lexeme): Step => ({ lexeme, distance: 1, ending: '' }));
    if (apart.length > 1) forms.push(withEnding(apart, ending));
  }
  return forms;
}

const withEnding = (steps: readonly Step[], ending: Step['ending']): Step[] =>
  steps.map((step, index) => (index === steps.length - 1 && ending !== '' ? { ...step, ending } : step));
