/** What a column can hold: an array becomes one of Postgres, an object JSON. */
type CopyValue = string | number | null | readonly string[] | object;

const SPECIAL = /[\\\b\f\n\r\t\v]/;
const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** One row in the text format of COPY (PostgreSQL, reference of COPY, "Text Format"), with the line's end. */
export function copyLine(row: object): string {
  let line = '';
  for (const value of Object.values(row) as CopyValue[]) line += (line === '' ? '' : '\t') + field(value);
  return `${line}\n`;
}

function field(value: CopyValue): string {
  if (value === null) return '\\N';
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  return escaped(Array.isArray(value) ? arrayLiteral(value as readonly string[]) : JSON.stringify(value));
}

const escaped = (text: string): string =>
  SPECIAL.test(text) ? text.replaceAll(/[\\\b\f\n\r\t\v]/g, (character) => ESCAPES[character]!) : text;

const QUOTED = /["\\]/;

const arrayLiteral = (items: readonly string[]): string => `{${items.map(element).join(',')}}`;

const element = (item: string): string => `"${QUOTED.test(item) ? item.replaceAll(/["\\]/g, String.raw`\$&`) : item}"`;
