/** Lets so many a second through, and so many at once after a rest (a token bucket). */
export class RateLimit {
  private tokens: number;
  private refilledAt = performance.now();

  constructor(
    private readonly atOnce: number,
    private readonly perSecond: number,
  ) {
    this.tokens = atOnce;
  }

  /**
   * How many may pass now.
   *
   * @param now by `performance.now()`
   */
  available(now: number): number {
    this.tokens = Math.min(this.atOnce, this.tokens + ((now - this.refilledAt) / 1_000) * this.perSecond);
    this.refilledAt = now;
    return Math.floor(this.tokens);
  }

  /** Counts those that have passed. */
  take(count: number): void {
    this.tokens -= count;
  }
}
