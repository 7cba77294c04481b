import { type KeyKind, refuseKey } from './keys.js';
import { type FieldName, type TermKind, type Token, tokenize } from './lexer.js';
import { SearchError } from './search-error.js';

/** A query as a tree. Offsets count code points of the query. */
export type SearchNode = AndNode | OrNode | NotNode | TermNode;

/** All of at least two. */
interface AndNode {
  readonly type: 'and';
  readonly children: readonly SearchNode[];
}

/** Any of at least two. */
interface OrNode {
  readonly type: 'or';
  readonly children: readonly SearchNode[];
}

interface NotNode {
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
const MAX_TERMS = 64;
/** Greatest number of beginnings of words among them. Each is looked up with all words that begin so. */
export const MAX_PREFIXES = 8;

/** How a query is read. */
export interface ParseOptions {
  /** Whether it may only exclude, because something else says among what. */
  readonly mayExclude?: boolean;
}

/**
 * Reads a query. In EBNF, with the words of {@link tokenize}:
 *
 *     query   = or ;
 *     or      = and , { "OR" , and } ;
 *     and     = not , { [ "AND" | "&" ] , not } ;
 *     not     = { "NOT" | "-" } , primary ;
 *     primary = [ field , ":" ] , ( word | word , "*" | '"' , phrase , '"' | "(" , or , ")" ) ;
 *
 * A field counts for all of its group; another field within it is refused, because it can only be a mistake. A query must be
 * such that nobody matches it without having something that it asks for: `-java` and `python OR -java` are refused,
 * `python -java` and `python (perl OR -java)` are not.
 *
 * Takes time in proportion to the query's length, and no stack: groups can be nested as deep as the query is long.
 *
 * @param fields the names that may precede a colon
 * @throws SearchError
 */
export function parseSearch(
  query: string,
  fields: readonly FieldName[],
  { mayExclude = false }: ParseOptions = {},
): SearchNode {
  const keys = new Map(fields.map(({ field, key }) => [field, key]));
  const tree = new Parser(keys).run(tokenize(query, fields));
  const negative = mayExclude ? undefined : offsetOfNegative(tree, false);
  if (negative !== undefined) {
    const message = 'only excludes; add what to search for, on each side of an OR, or a filter beside q';
    throw new SearchError('only_negatives', message, negative);
  }
  return tree;
}

type OperatorToken = Extract<Token, { type: 'and' | 'or' | 'not' }>;

/** A group as far as it has been read. */
interface Group {
  /** What opened it; the whole query has nothing. */
  readonly open: Token | undefined;
  /** The field that it stands behind, itself or a group around it. */
  readonly field: string | undefined;
  /** The operands of OR that are complete. */
  readonly alternatives: SearchNode[];
  /** Those of AND, of the alternative that is being read. */
  required: SearchNode[];
  /** Of the NOTs and minuses before the next operand: the first, and whether their number is odd. */
  negation: { readonly offset: number; readonly isOdd: boolean } | undefined;
  /** The operator that waits for its operand. */
  operator: OperatorToken | undefined;
}

class Parser {
  private readonly around: Group[] = [];
  private group: Group = newGroup(undefined, undefined);
  /** Of the field just read; its value follows. */
  private field: string | undefined;
  private terms = 0;
  private prefixes = 0;

  /** @param keys of the fields that are compared as a whole: of what kind */
  constructor(private readonly keys: ReadonlyMap<string, KeyKind | undefined>) {}

  run(tokens: readonly Token[]): SearchNode {
    if (tokens.length === 0) throw new SearchError('empty_query', 'must not be blank', 0);
    for (const token of tokens) this.read(token);
    if (this.group.operator) throw dangling(this.group.operator);
    if (this.group.open) {
      throw new SearchError('unbalanced_parenthesis', 'has a "(" that is not closed', this.group.open.offset);
    }
    return treeOf(this.group);
  }

  private read(token: Token): void {
    const { group } = this;
    switch (token.type) {
      case 'field':
        if (group.field !== undefined) {
          const message = `names the field "${token.name}" inside of "${group.field}:(…)"; write it outside of that group`;
          throw new SearchError('nested_field', message, token.offset);
        }
        this.field = token.name;
        break;
      case 'term':
        this.operand(this.term(token, this.field ?? group.field));
        break;
      case 'open':
        this.around.push(group);
        this.group = newGroup(token, this.field ?? group.field);
        this.field = undefined;
        break;
      case 'close':
        this.close(token);
        break;
      case 'not':
        group.negation = { offset: group.negation?.offset ?? token.offset, isOdd: !group.negation?.isOdd };
        group.operator = token;
        break;
      case 'and':
      case 'or':
        if (group.operator) throw dangling(group.operator);
        if (group.required.length === 0) throw dangling(token);
        if (token.type === 'or') nextAlternative(group);
        group.operator = token;
        break;
    }
  }

  private term({ kind, text, offset }: Extract<Token, { type: 'term' }>, field: string | undefined): TermNode {
    this.field = undefined;
    this.terms += 1;
    if (this.terms > MAX_TERMS) {
      throw new SearchError('too_many_terms', `must have at most ${MAX_TERMS} words and phrases`, offset);
    }
    if (kind === 'prefix' && ++this.prefixes > MAX_PREFIXES) {
      const message = `must have at most ${MAX_PREFIXES} words that end in "*"; write out what the others stand for`;
      throw new SearchError('too_many_prefixes', message, offset);
    }
    const key = field === undefined ? undefined : this.keys.get(field);
    if (key !== undefined) refuseKey(key, text, kind === 'prefix', offset);
    return { type: 'term', ...(field !== undefined && { field }), kind, text, offset };
  }

  private close(token: Token): void {
    const { group } = this;
    const outer = this.around.pop();
    if (group.operator) throw dangling(group.operator);
    if (!outer) throw new SearchError('unbalanced_parenthesis', 'has a ")" without a "("', token.offset);
    if (group.required.length === 0) {
      throw new SearchError('empty_group', 'has parentheses with nothing between them', group.open!.offset);
    }
    this.group = outer;
    this.operand(treeOf(group));
  }

  private operand(node: SearchNode): void {
    const { group } = this;
    group.required.push(group.negation?.isOdd ? negate(node, group.negation.offset) : node);
    group.negation = undefined;
    group.operator = undefined;
  }
}

const newGroup = (open: Token | undefined, field: string | undefined): Group => ({
  open,
  field,
  alternatives: [],
  required: [],
  negation: undefined,
  operator: undefined,
});

function nextAlternative(group: Group): void {
  const [first, ...others] = group.required;
  group.alternatives.push(others.length === 0 ? first! : { type: 'and', children: group.required });
  group.required = [];
}

function treeOf(group: Group): SearchNode {
  nextAlternative(group);
  const [first, ...others] = group.alternatives;
  return others.length === 0 ? first! : { type: 'or', children: group.alternatives };
}

const negate = (node: SearchNode, offset: number): SearchNode =>
  node.type === 'not' ? node.child : { type: 'not', child: node, offset };

const dangling = ({ written, offset }: OperatorToken): SearchError => {
  const message = `has ${written} with nothing to apply it to; to search for the word, put it in quotes`;
  return new SearchError('dangling_operator', message, offset);
};

/** Whether nobody matches a query without having something that it asks for. */
export const mustHave = (tree: SearchNode): boolean => offsetOfNegative(tree, false) === undefined;

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
