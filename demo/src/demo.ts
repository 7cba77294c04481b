import { createHash } from 'node:crypto';
import { Random } from './random.js';

/** What to make. */
export interface DemoOptions {
  accountId: string;
  /** A whole number below 2^32. */
  seed: number;
  candidates: number;
  jobs: number;
  submissions: number;
  /** Everything happened in the two years before. */
  until: Date;
}

/**
 * Made-up data of one account. Every row is a function of it and of the row's number: the same account, seed and counts give
 * the same rows, and a row can be asked for again in place of being kept.
 */
export interface Demo {
  readonly accountId: string;
  readonly candidates: number;
  readonly jobs: number;
  readonly submissions: number;
  /** Milliseconds since 1970, as all times here. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Marks the account's own ids (`external_id`), so that those of two loads differ. */
  readonly mark: string;
  /** The random stream of one row, for one purpose. */
  random(purpose: Purpose, row: number): Random;
}

const PURPOSES = [
  'candidate',
  'origin',
  'person',
  'job',
  'popularity',
  'pairing',
  'submission',
  'stages',
  'recruiter',
] as const;
type Purpose = (typeof PURPOSES)[number];

export const DAY_MS = 86_400_000;
const TWO_YEARS_MS = 730 * DAY_MS;

export function createDemo({ accountId, seed, until, ...counts }: DemoOptions): Demo {
  const { candidates, jobs, submissions } = counts;
  const digest = createHash('sha256').update([accountId, seed, candidates, jobs, submissions].join(' ')).digest();
  const [a, b, c] = [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8)];
  const untilMs = until.getTime();
  return {
    accountId,
    ...counts,
    fromMs: untilMs - TWO_YEARS_MS,
    untilMs,
    mark: digest.toString('hex', 12, 16),
    random: (purpose, row) => new Random([a, b + PURPOSES.indexOf(purpose), c ^ row]),
  };
}

/**
 * When row number `row` of `count` came into being: ascending, over the whole time, and three times as often in the end as in
 * the beginning, for the business grows.
 */
export function createdMs({ fromMs, untilMs }: Demo, row: number, count: number, random: Random): number {
  const share = (row + random.fraction()) / count;
  return Math.floor(fromMs + (untilMs - fromMs) * (Math.sqrt(0.25 + 2 * share) - 0.5));
}

export const isoTime = (ms: number): string => new Date(ms).toISOString();
