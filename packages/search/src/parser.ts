import { type TermKind, type Token, tokenize } from './lexer.js';
import { SearchError } from './search-error.js';

/** A query as a tree. Offsets count code points of the query. */
export type SearchNode = AndNode | OrNode | NotNode | TermNode;

/** All of at least two. */
export interface AndNode {
  readonly type: 'and';
  readonly children: readonly SearchNode[];
}

/** Any of at least two. */
export interface OrNode {
  readonly type: 'or';
  readonly children: readonly SearchNode[];
}

export interface NotNode {
  readonly type: 'not';
  readonly child: SearchNode;
  readonly offset: number;
}

export interface TermNode {
  readonly type: 'term';
  /** Absent: any field. */
  readonly field?: string;
  readonly kind: TermKind;
  readonly text: string;
  readonly offset: number;
}

/** Greatest number of words and phrases in a query. */
export const MAX_TERMS = 64;

/**
 * Reads a query. In EBNF, with the words of {@link tokenize}:
 *
 *     query   = or ;
 *     or      = and , { "OR" , and } ;
 *     and     = not , { [ "AND" ] , not } ;
 *     not     = { "NOT" | "-" } , primary ;
 *     primary = [ field , ":" ] , ( word | word , "*" | '"' , phrase , '"' | "(" , or , ")" ) ;
 *
 * A field counts for all of its group; another field within it is refused, because it can only be a mistake. A query must be
 * such that nobody matches it without having something that it asks for: `-java` and `python OR -java` are refused,
 * `python -java` and `python (perl OR -java)` are not.
 *
 * Takes time in proportion to the query's length. Groups can be nested as deep as the query is long.
 *
 * @param fields the names that may precede a colon
 * @throws SearchError
 */
export function parseSearch(query: string, fields: readonly string[]): SearchNode {
  const tree = new Parser(tokenize(query, fields)).run();
  const negative = offsetOfNegative(tree, false);
  if (negative !== undefined) {
    const message = 'only excludes; add what to search for, on each side of an OR';
    throw new SearchError('only_negatives', message, negative);
  }
  return tree;
}

class Parser {
  private at = 0;
  private terms = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  run(): SearchNode {
    if (this.tokens.length === 0) throw new SearchError('empty_query', 'must not be blank', 0);
    const tree = this.or(undefined);
    const rest = this.peek();
    if (rest) throw new SearchError('unbalanced_parenthesis', 'has a ")" without a "("', rest.offset);
    return tree;
  }

  private or(field: string | undefined): SearchNode {
    const children = [this.and(field)];
    while (this.peek()?.type === 'or') {
      const operator = this.take();
      this.expectOperand(operator);
      children.push(this.and(field));
    }
    return children.length === 1 ? children[0]! : { type: 'or', children };
  }

  private and(field: string | undefined): SearchNode {
    const children = [this.not(field)];
    for (let next = this.peek(); next && next.type !== 'or' && next.type !== 'close'; next = this.peek()) {
      if (next.type === 'and') this.expectOperand(this.take());
      children.push(this.not(field));
    }
    return children.length === 1 ? children[0]! : { type: 'and', children };
  }

  private not(field: string | undefined): SearchNode {
    let first: Token | undefined;
    let isNegated = false;
    while (this.peek()?.type === 'not') {
      const operator = this.take();
      this.expectOperand(operator);
      first ??= operator;
      isNegated = !isNegated;
    }
    const child = this.primary(field);
    return first && isNegated ? { type: 'not', child, offset: first.offset } : child;
  }

  private primary(field: string | undefined): SearchNode {
    const token = this.take();
    switch (token.type) {
      case 'field':
        if (field !== undefined) {
          const message = `names the field "${token.name}" inside of "${field}:(…)"; write it outside of that group`;
          throw new SearchError('nested_field', message, token.offset);
        }
        return this.primary(token.name);
      case 'term': {
        this.terms += 1;
        if (this.terms > MAX_TERMS) {
          throw new SearchError('too_many_terms', `must have at most ${MAX_TERMS} words and phrases`, token.offset);
        }
        const { kind, text, offset } = token;
        return { type: 'term', ...(field !== undefined && { field }), kind, text, offset };
      }
      case 'open':
        return this.group(token, field);
      case 'close':
        throw new SearchError('unbalanced_parenthesis', 'has a ")" without a "("', token.offset);
      case 'and':
      case 'or':
      case 'not':
        throw dangling(token);
    }
  }

  private group(open: Token, field: string | undefined): SearchNode {
    const next = this.peek();
    if (!next) throw unclosed(open);
    if (next.type === 'close') {
      throw new SearchError('empty_group', 'has parentheses with nothing between them', open.offset);
    }
    const child = this.or(field);
    if (!this.peek()) throw unclosed(open);
    this.take();
    return child;
  }

  /** An operator needs something behind it that can begin an operand. */
  private expectOperand(operator: Token): void {
    const next = this.peek();
    if (!next || next.type === 'close' || next.type === 'and' || next.type === 'or') throw dangling(operator);
  }

  private peek(): Token | undefined {
    return this.tokens[this.at];
  }

  private take(): Token {
    const token = this.tokens[this.at]!;
    this.at += 1;
    return token;
  }
}

const unclosed = ({ offset }: Token): SearchError =>
  new SearchError('unbalanced_parenthesis', 'has a "(" that is not closed', offset);

const dangling = ({ type, offset }: Token): SearchError => {
  const operator = type.toUpperCase();
  const message = `has ${operator} with nothing to apply it to; to search for the word, write it in quotes or small letters`;
  return new SearchError('dangling_operator', message, offset);
};

/**
 * Where a query, or the opposite of one, begins to be satisfied by what it does not ask for; nothing if it never is. `NOT` of
 * an AND is an OR of opposites, and the other way round.
 */
function offsetOfNegative(node: SearchNode, isNegated: boolean): number | undefined {
  switch (node.type) {
    case 'term':
      return isNegated ? node.offset : undefined;
    case 'not':
      return offsetOfNegative(node.child, !isNegated) === undefined ? undefined : node.offset;
    case 'and':
    case 'or': {
      const offsets = node.children.map((child) => offsetOfNegative(child, isNegated));
      const needsAll = (node.type === 'or') !== isNegated;
      if (needsAll) return offsets.find((offset) => offset !== undefined);
      return offsets.includes(undefined) ? undefined : offsets[0];
    }
  }
}
