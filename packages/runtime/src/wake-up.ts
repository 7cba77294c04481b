/**
 * Lets one loop wait until somebody says that there is something to do. A notification that comes before the wait is kept:
 * the next wait ends at once.
 */
export class WakeUp {
  private notified = Promise.withResolvers<void>();

  /** Says that there may be something to do, of a row for instance after its commit. Never waits and never throws. */
  notify(): void {
    this.notified.resolve();
  }

  /** Until {@link notify} is called, at most so many milliseconds. All notifications up to its end count as one. */
  async wait(maxMs: number): Promise<void> {
    const timer = setTimeout(this.notified.resolve, maxMs);
    await this.notified.promise;
    clearTimeout(timer);
    this.notified = Promise.withResolvers();
  }
}
