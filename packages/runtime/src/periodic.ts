/** Work that is done again and again, one run at a time. */
export class Periodic {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  /** @param work deals with its own errors */
  constructor(private readonly work: () => Promise<void>) {}

  /** Whether the work should come to its end. */
  get isStopping(): boolean {
    return this.stopped;
  }

  start(everyMs: number, { atOnce = false } = {}): void {
    if (atOnce) this.run();
    this.timer = setInterval(() => this.run(), everyMs).unref();
  }

  /** Waits for the run that is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** A run that takes longer than its turn is not joined by another. */
  private run(): void {
    this.running ??= this.work().finally(() => {
      this.running = undefined;
    });
  }
}
