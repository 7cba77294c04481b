const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Reads `45s`, `90m`, `12h`, `30d` or `52w` as milliseconds; at most 100 years, and more than nothing unless told. */
export function parseDuration(value: string, { allowZero = false } = {}): number | undefined {
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(value) ?? [];
  if (!count || !unit) return undefined;
  const ms = Number(count) * UNIT_MS[unit]!;
  return (ms > 0 || allowZero) && ms <= 100 * 365 * UNIT_MS['d']! ? ms : undefined;
}
