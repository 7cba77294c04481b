import type { Place } from '../api-place.js';
import type { LoadResult } from '../load.js';

/** @returns what came of its own requests where each of them must succeed, too */
type Run = (seconds: number) => Promise<LoadResult | void>;

/** Somebody else's load that must not hurt. */
export interface Attack {
  /** What it is called on the command line and in the table. */
  name: string;
  /**
   * Gets ready; `place.readers`, an account with many candidates, is the attacker's, `place.writers` the victim's.
   *
   * @returns attacks for so many seconds and then leaves nothing behind; called once a round
   */
  prepare(place: Place): Promise<Run> | Run;
  /** What the victims may come to beside it. */
  bounds: {
    /** p95 beside it / p95 when quiet. */
    p95?: number;
    /** p99 beside it / p99 when quiet. */
    p99?: number;
  };
  /** Whom it must not hurt; by default `get`, `list`, `patch` and `live`. */
  victims?: readonly VictimName[];
}

/** A GET by id, a first page and a PATCH of another account, `/health/live`, and from a commit to the receipt of its webhook. */
export type VictimName = 'get' | 'list' | 'patch' | 'live' | 'delivery';
