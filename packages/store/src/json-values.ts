import pg from 'pg';
import type { EntityMetadata } from 'typeorm';

type Column = EntityMetadata['columns'][number];

/** Writes a value of a column, which is not null, as JSON. Times, lists of texts and JSON are given as Postgres sends them. */
export function toJsonMember({ type, isArray, transformer }: Column): (value: unknown) => string {
  if (type === 'timestamptz') return (value) => `"${isoTime(value as string)}"`;
  if (type === 'jsonb') return (value) => jsonOfJsonb(value as string);
  if (type === 'text' && isArray) return (value) => jsonOfTexts(value as string);
  if (type === 'uuid') return (value) => `"${value as string}"`;
  if (transformer !== undefined && !Array.isArray(transformer))
    return (value) => JSON.stringify(transformer.from(value));
  return JSON.stringify;
}

/** `2026-11-30 09:05:07.12+00`: of a session in UTC, see `session.ts`. The fraction has three digits at most, and no zeros at its end. */
const TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?\+00$/;
const parseTime = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (sent: string) => Date;

/** A time as RFC 3339 with milliseconds, as `Date` writes it. */
export function isoTime(sent: string): string {
  const [whole, date, time, fraction = ''] = TIME.exec(sent) ?? [];
  return whole === undefined ? parseTime(sent).toISOString() : `${date}T${time}.${fraction.padEnd(3, '0')}Z`;
}

/** Postgres separates what `JSON.stringify` does not, and writes some numbers in another way. */
const jsonOfJsonb = (sent: string): string => (sent === '{}' ? sent : JSON.stringify(JSON.parse(sent)));

/** PostgreSQL's type of `text[]`. */
export const TEXT_ARRAY = 1009;
const parseTexts = pg.types.getTypeParser(TEXT_ARRAY as never) as (sent: string) => string[];
/** Postgres quotes texts with blanks, commas or braces in them, and puts backslashes before quotes and backslashes. */
const ELEMENTS = /"[^"]*"|[^,]+/g;

function jsonOfTexts(sent: string): string {
  if (sent === '{}') return '[]';
  if (sent.includes('\\')) return JSON.stringify(parseTexts(sent));
  const texts = sent.slice(1, -1);
  if (!texts.includes('"')) return JSON.stringify(texts.split(','));
  return JSON.stringify(texts.match(ELEMENTS)!.map((each) => (each.startsWith('"') ? each.slice(1, -1) : each)));
}
