import type { Unavailability } from '@nexivo/bus/unavailability';
import type { Logger } from 'pino';

const EVERY_MS = 60_000;

/** How often the loops of this process have failed, for its metrics. */
export const failuresByLoop = new Map<string, number>();

/**
 * What a loop says that tries on until it succeeds: the first failure, one of another kind, and each minute that it still fails. All are
 * counted. What is away or busy comes back by itself and is a warning; any other error is one, whatever the loop makes of it.
 */
export class FailureLog {
  private lastKind: string | undefined;
  private loggedAt = 0;
  private since = 0;

  /** @param loop what is tried: `outbox`, or `events <consumer>` */
  constructor(
    private readonly logger: Logger,
    private readonly loop: string,
    private readonly now: () => number = () => performance.now(),
  ) {
    failuresByLoop.set(loop, failuresByLoop.get(loop) ?? 0);
  }

  /**
   * @param unavailability of what the loop needs, where the error means no more than that
   * @param fields go into the line beside the error
   */
  failed(error: unknown, unavailability: Unavailability | undefined, fields: Record<string, unknown> = {}): void {
    failuresByLoop.set(this.loop, failuresByLoop.get(this.loop)! + 1);
    const kind = unavailability ?? 'error';
    const now = this.now();
    if (this.lastKind === undefined) this.since = now;
    if (kind === this.lastKind && now - this.loggedAt < EVERY_MS) return;
    this.lastKind = kind;
    this.loggedAt = now;
    const line = { err: error, loop: this.loop, failing_for_s: Math.round((now - this.since) / 1_000), ...fields };
    if (unavailability) this.logger.warn(line, `${this.loop}: what it needs is ${unavailability}; trying on`);
    else this.logger.error(line, `${this.loop}: failed; trying on`);
  }

  /** The loop works again. */
  succeeded(): void {
    if (this.lastKind === undefined) return;
    this.lastKind = undefined;
    this.logger.info({ loop: this.loop }, `${this.loop}: works again`);
  }
}
