import { setTimeout as sleep } from 'node:timers/promises';
import { FailureLog } from '@nexivo/runtime/failure-log';
import { unavailabilityOf } from '@nexivo/store/database';
import type { Logger } from 'pino';
import { LEASE_S } from './claim.sql.js';
import type { Completed, Completion } from './queue.types.js';

/** Requests that were sent together end together: this wait saves most of the commits. */
const GATHER_MS = 1;
const RETRY_AFTER_MS = 200;

/**
 * Writes down attempts in batches: while one is written the next one gathers. A batch that cannot be written is tried again
 * until its leases are over; after that another replica has the deliveries.
 */
export class CompletionWriter {
  private waiting: Completion[] = [];
  private running: Promise<void> | undefined;
  private readonly failures: FailureLog;
  /** When a delivery's lease is over, by `performance.now()`. */
  private readonly deadlines = new WeakMap<Completion, number>();

  /**
   * @param write a batch
   * @param done is told of attempts that were written, and of those that were too late
   */
  constructor(
    private readonly write: (batch: readonly Completion[]) => Promise<Completed>,
    private readonly done: (batch: readonly Completion[], completed: Completed) => void,
    logger: Logger,
  ) {
    this.failures = new FailureLog(logger, 'writing down attempts');
  }

  /** @param claimedAt by `performance.now()` */
  add(completion: Completion, claimedAt: number): void {
    this.deadlines.set(completion, claimedAt + LEASE_S * 1_000);
    this.waiting.push(completion);
    this.running ??= this.run();
  }

  /** Waits until nothing is left to write. */
  async drained(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      await sleep(GATHER_MS);
      const batch = this.waiting;
      this.waiting = [];
      await this.writeBatch(batch);
    }
    this.running = undefined;
  }

  private async writeBatch(batch: readonly Completion[]): Promise<void> {
    try {
      this.done(batch, await this.write(batch));
      this.failures.succeeded();
    } catch (error) {
      const unavailability = unavailabilityOf(error);
      this.failures.failed(error, unavailability, { deliveries: batch.length });
      // One that Postgres refuses must not keep the others from being written.
      if (batch.length > 1 && !unavailability) {
        for (const each of batch) await this.writeBatch([each]);
      } else {
        await sleep(RETRY_AFTER_MS);
        const now = performance.now();
        const [alive, over] = partition(batch, (each) => this.deadlines.get(each)! > now);
        this.waiting.unshift(...alive);
        if (over.length > 0) this.done(over, { tooLate: over, disabled: [] });
      }
    }
  }
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  const [first, second]: [Item[], Item[]] = [[], []];
  for (const item of items) (isFirst(item) ? first : second).push(item);
  return [first, second];
}
