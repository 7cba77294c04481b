import { fieldNames, type SearchFields } from './fields.js';
import { parseSearch, type SearchNode, type TermNode } from './parser.js';

/** A query as parts of an SQL statement, each an expression of type `tsquery`. */
export interface CompiledSearch {
  readonly sql: string;
  readonly parameters: string[];
  /**
   * The same in two, both of which a row has to match, where one is costly to look up in an index: it has the beginnings of words,
   * each of which stands for all that begin so. The other has words and phrases alone.
   */
  readonly split?: { readonly plain: string; readonly costly: string };
}

/**
 * A query as an SQL expression of type `tsquery`, to be matched with `@@` against the column that `addSearchColumn` adds. Nothing
 * that the user wrote is in the SQL: terms are parameters, and become lexemes in Postgres by the function that rows go through.
 *
 * The functions in it are immutable, so that Postgres evaluates the expression once, before it plans: the plan then fits how rare
 * the words are. A prepared statement with a generic plan would not do either; do not name the statement.
 *
 * @param placeholder how the statement names its parameter with this index, counted from 0; `$1`, `$2`, … unless told
 * @throws SearchError
 */
export function compileSearch(
  query: string,
  fields: SearchFields,
  placeholder: (index: number) => string = (index) => `$${index + 1}`,
): CompiledSearch {
  const parameters: string[] = [];
  // Negations end up at the terms: from one around a group, GIN does not see that something is asked for, and reads all rows.
  const compile = (node: SearchNode, isNegated: boolean): string => {
    switch (node.type) {
      case 'and':
      case 'or': {
        const operator = (node.type === 'and') === isNegated ? '||' : '&&';
        const children = node.children.map((child) => compile(child, isNegated));
        return join(children, operator);
      }
      case 'not':
        return compile(node.child, !isNegated);
      case 'term': {
        const parameter = placeholder(parameters.push(node.text) - 1);
        const term = `search_term(${parameter}, '${node.kind}', array[${scopesOf(node, fields)}])`;
        return isNegated ? `(!! ${term})` : term;
      }
    }
  };
  const root = parseSearch(query, fieldNames(fields));
  if (root.type !== 'and') return { sql: compile(root, false), parameters };
  const parts = new Map(root.children.map((child) => [child, compile(child, false)]));
  const joined = (children: readonly SearchNode[]): string =>
    join(
      children.map((child) => parts.get(child)!),
      '&&',
    );
  const sql = joined(root.children);
  const plain = root.children.filter(isPlain);
  if (plain.length === 0 || !root.children.some(hasPrefix)) return { sql, parameters };
  const costly = root.children.filter((child) => !plain.includes(child));
  return { sql, parameters, split: { plain: joined(plain), costly: joined(costly) } };
}

const join = (parts: readonly string[], operator: '&&' | '||'): string => `(${parts.join(` ${operator} `)})`;

const isPlain = (node: SearchNode): boolean =>
  node.type === 'term' ? node.kind !== 'prefix' : node.type !== 'not' && node.children.every(isPlain);

const hasPrefix = (node: SearchNode): boolean =>
  node.type === 'term' ? node.kind === 'prefix' : (node.type === 'not' ? [node.child] : node.children).some(hasPrefix);

/** The codes under which a term is looked up; nothing is the code that the short fields share. */
function scopesOf(term: TermNode, fields: SearchFields): string {
  const isMeant = ({ field, isLong }: SearchFields[number]): boolean =>
    term.field === undefined ? isLong === true : field === term.field;
  const codes = fields.filter(isMeant).map(({ code }) => `'${code}'`);
  return (term.field === undefined ? [`''`, ...codes] : codes).join(', ');
}
