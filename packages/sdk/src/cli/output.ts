/** Where a command writes to. */
export interface Output {
  write: (text: string) => void;
  /** Of the terminal. */
  columns: number;
  /** One JSON a line, for programs. */
  isJson: boolean;
}

type Row = Readonly<Record<string, unknown>>;

const WIDEST = 40;

/** One thing: its members, one a line. */
export function printOne({ write, isJson }: Output, value: unknown): void {
  if (isJson || typeof value !== 'object' || value === null) return write(`${JSON.stringify(value)}\n`);
  const members = Object.entries(value);
  const width = Math.max(0, ...members.map(([name]) => name.length));
  for (const [name, each] of members) write(`${name.padEnd(width)}  ${shown(each)}\n`);
}

/** Several of a kind: a table of as many columns as the terminal has room for. */
export function printMany({ write, isJson, columns }: Output, rows: readonly Row[]): void {
  if (isJson) return rows.forEach((row) => write(`${JSON.stringify(row)}\n`));
  if (rows.length === 0) return write('none\n');
  const names = Object.keys(rows[0]!).filter((name) => rows.some((row) => isFilled(row[name])));
  const widths = names.map((name) =>
    Math.min(WIDEST, Math.max(name.length, ...rows.map((row) => shown(row[name]).length))),
  );
  let room = columns;
  const fitting = names.filter((_, n) => (room -= widths[n]! + 2) >= -2 || n === 0);
  const line = (cells: string[]): string =>
    `${cells
      .map((cell, n) => cut(cell, widths[n]!).padEnd(widths[n]!))
      .join('  ')
      .trimEnd()}\n`;
  write(line(fitting));
  for (const row of rows) write(line(fitting.map((name) => shown(row[name]))));
}

const isFilled = (value: unknown): boolean => value !== null && value !== undefined && shown(value) !== '';

/** On one line, without what would steer a terminal: applicants wrote it. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(shown).join(', ');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}

const cut = (text: string, width: number): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text);
