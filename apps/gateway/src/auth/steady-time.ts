/** Clocks of two machines agree to less, between two looks. */
const STEP_MS = 2_000;
/** How long a step has to last to be believed: as long as what is counted by it. */
const BELIEVED_AFTER_MS = 60_000;

/**
 * The database's time as a process expects it by its own monotonic clock. A step of the database's clock is believed only once it has
 * lasted for a minute: one that is a day ahead for a moment ends nobody's minute, and no day.
 *
 * All times are in ms.
 */
export class SteadyTime {
  private offsetMs: number | undefined;
  private steppedAt: number | undefined;

  /** The time by the database's clock, as far as it has not been set lately; nothing as long as it was never seen. */
  expected(monotonic: number): number | undefined {
    return this.offsetMs === undefined ? undefined : this.offsetMs + monotonic;
  }

  /** The database's clock was seen. */
  learn(timeMs: number, monotonic: number): void {
    const offsetMs = timeMs - monotonic;
    if (this.offsetMs === undefined || Math.abs(offsetMs - this.offsetMs) < STEP_MS) this.believe(offsetMs);
    else if (monotonic - (this.steppedAt ??= monotonic) >= BELIEVED_AFTER_MS) this.believe(offsetMs);
  }

  private believe(offsetMs: number): void {
    this.offsetMs = offsetMs;
    this.steppedAt = undefined;
  }
}
