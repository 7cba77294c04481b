/** Where progress is shown: standard error, as a rule. */
export interface Screen {
  write(text: string): unknown;
  /** Whether a line can be written over. */
  readonly isTTY?: boolean;
}

const WIDTH = 30;
const EVERY_MS = 100;
const BACK_TO_START = '\r\u001B[K';

const counted = (number: number): string => number.toLocaleString('en-US');
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** Shows how far one step is. Where lines cannot be written over there is one line, at its end. */
export class Progress {
  private done = 0;
  private shownAt = 0;
  private readonly startedAt: number;

  constructor(
    private readonly screen: Screen,
    private readonly step: string,
    /** In rows; 0 for a step that has none. */
    private readonly total: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.startedAt = now();
    this.show(0);
  }

  /** So many more rows. */
  readonly advance = (rows: number): void => {
    this.done += rows;
    if (this.now() - this.shownAt >= EVERY_MS) this.show(this.done);
  };

  /** @param result what is left standing, without which the line is taken away */
  end(result?: string): void {
    if (this.screen.isTTY) this.screen.write(BACK_TO_START);
    if (result !== undefined) this.screen.write(`${this.step.padEnd(12)}${result}\n`);
  }

  /** @returns in milliseconds */
  get elapsedMs(): number {
    return this.now() - this.startedAt;
  }

  private show(done: number): void {
    this.shownAt = this.now();
    if (!this.screen.isTTY) return;
    this.screen.write(`${BACK_TO_START}${this.step.padEnd(12)}${this.total === 0 ? '…' : this.bar(done)}`);
  }

  private bar(done: number): string {
    const share = Math.min(1, done / this.total);
    const filled = Math.floor(share * WIDTH);
    const leftMs = done === 0 ? undefined : (this.elapsedMs * (1 - share)) / share;
    // All rows are sent before Postgres has stored the last of them.
    const rest = share === 1 ? 'storing' : leftMs === undefined ? '' : `${seconds(leftMs)} left`;
    const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
    return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${counted(done)} of ${counted(this.total)}  ${rest}`;
  }
}

export const rowsIn = (rows: number, ms: number): string => `${counted(rows)} rows in ${seconds(ms)}`;
