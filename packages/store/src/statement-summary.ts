/** What a statement does, without any value in it: the name of its span. */
export interface StatementSummary {
  readonly operation: string;
  /** The table that it is first of all about; none where it names none. */
  readonly table: string | undefined;
}

/** Statements come in few texts; beyond so many each is read anew. */
const MAX_KNOWN = 1_000;
const known = new Map<string, StatementSummary>();

/** Reads the operation and the table off the text of a statement. */
export function summaryOf(text: string): StatementSummary {
  let summary = known.get(text);
  if (!summary) {
    summary = read(text);
    if (known.size < MAX_KNOWN) known.set(text, summary);
  }
  return summary;
}

function read(text: string): StatementSummary {
  const verb = /^\s*([a-z]+)/i.exec(text)?.[1]?.toUpperCase() ?? 'STATEMENT';
  const [, written, target] = WRITE.exec(text) ?? [];
  // A common table expression that writes is what its statement is for.
  if (written && (verb === 'WITH' || written.toUpperCase().startsWith(verb))) {
    return { operation: written.split(/\s/, 1)[0]!.toUpperCase(), table: nameOf(target!) };
  }
  const [, source] = FROM.exec(text) ?? [];
  return { operation: verb === 'WITH' ? 'SELECT' : verb, table: source && nameOf(source) };
}

const NAME = String.raw`((?:"?\w+"?\.)?"?\w+"?)`;
/** Not the lock of `for update`, nor the `do update set` of a conflict. */
const WRITE = new RegExp(
  String.raw`(?<!\bfor\s+|\bno\s+key\s+)\b(insert\s+into|update|delete\s+from)\s+(?!set\b)${NAME}`,
  'i',
);
/** Not what a function is asked for: that has a bracket behind its name. */
const FROM = new RegExp(String.raw`\bfrom\s+${NAME}(?!["\w.]|\s*\()`, 'i');

/** Without the schema and quotation marks. */
const nameOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1).replaceAll('"', '');
