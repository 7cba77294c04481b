const DAY_MS = 86_400_000;

/** UTC days as `2026-11-29`, both included, that are added or taken away. */
interface Days {
  readonly first: string;
  readonly last: string;
  readonly sign: 1 | -1;
}

/** A range of days as sums: whole months, named by their first day, and single days. */
export interface RangeParts {
  readonly months: readonly string[];
  readonly days: readonly Days[];
}

/**
 * Cuts a range of UTC days into whole months and as few days as there can be: of a month that lies in it for the most part, the
 * others are taken away. At most 15 days are left at each end.
 */
export function partsOfRange(since: string, until: string): RangeParts {
  const months: string[] = [];
  const days: Days[] = [];
  for (let month = since.slice(0, 7); month <= until.slice(0, 7); month = nextDay(lastOf(month)).slice(0, 7)) {
    const [begin, end] = [`${month}-01`, lastOf(month)];
    const first = since > begin ? since : begin;
    const last = until < end ? until : end;
    if (countOf(first, last) * 2 <= countOf(begin, end)) {
      days.push({ first, last, sign: 1 });
      continue;
    }
    months.push(begin);
    if (begin < first) days.push({ first: begin, last: dayBefore(first), sign: -1 });
    if (last < end) days.push({ first: nextDay(last), last: end, sign: -1 });
  }
  return { months, days };
}

export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);
const dayBefore = (day: string): string => dayOf(Date.parse(day) - DAY_MS);
const nextDay = (day: string): string => dayOf(Date.parse(day) + DAY_MS);
const countOf = (first: string, last: string): number => (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;

/** @param month as `2026-11` */
const lastOf = (month: string): string => {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return dayOf(Date.UTC(year, number, 0));
};
