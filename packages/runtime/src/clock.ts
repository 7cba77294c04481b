import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy, Optional } from '@nestjs/common';
import type { Logger } from 'pino';
import { BACKING_STORE, type BackingStore } from './backing-store.js';
import { FailureLog } from './failure-log.js';
import { LOGGER } from './logging.js';
import { Metrics } from './metrics.js';
import { Periodic } from './periodic.js';
import { Readiness } from './readiness.js';

const LOOK_EVERY_MS = 5_000;
/** From here on a difference is reported. */
const OFF_MS = 2_000;
/** From here on nothing should be done that goes by a clock, for nobody knows whose is right. */
const WRONG_MS = 60_000;
/** A database that takes longer to answer tells nothing: the difference is known to half of that. */
const LONGEST_LOOK_MS = 1_000;

/** Where a process takes the time from; tests have clocks of their own. */
export interface TimeSource {
  /** The time of day, in ms since 1970. Somebody may set it. */
  readonly ofDay: () => number;
  /** Runs on whatever is done to that, in ms since some moment. */
  readonly monotonic: () => number;
}

/** What is known of both clocks, in ms. */
interface Measured {
  readonly offsetMs: number;
  /** Each clock less the monotonic one: what changes only if it is set. */
  readonly ofDay: number;
  readonly ofDatabase: number;
}

const OWN: TimeSource = { ofDay: () => Date.now(), monotonic: () => performance.now() };

/**
 * Guards the clocks that a service goes by: that of its machine and that of its database are compared with each other, and each with the
 * process's monotonic clock, which shows that one has been set.
 *
 * Two seconds of difference, or of a step, are a warning. A minute of difference is more than receivers forgive in a signature: the process is not ready,
 * and deletes nothing because of its age.
 */
@Injectable()
export class Clock implements OnApplicationBootstrap, OnModuleDestroy {
  /** By how much this machine's clock is ahead of the database's, in ms; nothing as long as that is unknown. */
  offsetMs: number | undefined;
  /** How many steps of at least two seconds were seen of either clock. */
  steps = 0;
  private before: Measured | undefined;
  private readonly mends: (() => Promise<void>)[] = [];
  private mendsDue = true;
  private reported: 'ok' | 'off' | 'wrong' = 'ok';
  private readonly failures: FailureLog;
  private readonly periodic = new Periodic(() => this.lookAndLog());

  constructor(
    @Inject(BACKING_STORE) private readonly store: Pick<BackingStore, 'time' | 'unavailability'>,
    @Inject(Readiness) readiness: Readiness,
    @Inject(LOGGER) private readonly logger: Logger,
    @Optional() @Inject(Metrics) metrics?: Metrics,
    @Optional() private readonly own: TimeSource = OWN,
  ) {
    this.failures = new FailureLog(logger, 'clock');
    readiness.add('clock', () => (this.isWrong ? this.inWords() : 'ok'));
    metrics?.gauge(
      'nexivo_clock_offset_seconds',
      'By how much the clock of this process is ahead of its database',
      [],
      () => Promise.resolve(this.offsetMs === undefined ? [] : [{ value: this.offsetMs / 1_000 }]),
    );
    metrics?.counter(
      'nexivo_clock_steps_total',
      'Steps of two seconds or more of the clock of this process or of its database',
      () => this.steps,
    );
  }

  onApplicationBootstrap(): void {
    this.periodic.start(LOOK_EVERY_MS, { atOnce: true });
  }

  onModuleDestroy(): Promise<void> {
    return this.periodic.stop();
  }

  /**
   * Has something done about what a clock wrote that has been set back since, such as waits that would not end: when the process starts,
   * and when the database's clock is seen to have been set back. It is tried until it succeeds, so it may be done twice.
   */
  whenSetBack(mend: () => Promise<void>): void {
    this.mends.push(mend);
  }

  /** Whether nobody knows what time it is. */
  get isWrong(): boolean {
    return Math.abs(this.offsetMs ?? 0) >= WRONG_MS;
  }

  /**
   * Compares the clocks now.
   *
   * @throws if the database is away, and what mending throws
   */
  async look(): Promise<void> {
    let measured = await this.measure();
    // One alone may be of a process that was stopped in between.
    if (measured && Math.abs(measured.offsetMs) >= WRONG_MS) measured = await this.measure();
    if (!measured) return;
    this.offsetMs = measured.offsetMs;
    this.compare(measured);
    this.report();
    if (!this.mendsDue) return;
    for (const mend of this.mends) await mend();
    this.mendsDue = false;
  }

  private async lookAndLog(): Promise<void> {
    try {
      await this.look();
      this.failures.succeeded();
    } catch (error) {
      this.failures.failed(error, this.store.unavailability(error));
    }
  }

  /** @returns undefined where the database was slow to answer */
  private async measure(): Promise<Measured | undefined> {
    const { own } = this;
    const askedAt = own.monotonic();
    const time = await this.store.time();
    const answeredAt = own.monotonic();
    const ofDay = own.ofDay();
    if (answeredAt - askedAt > LONGEST_LOOK_MS) return undefined;
    const ofDatabase = time.getTime() + (answeredAt - askedAt) / 2;
    return { offsetMs: ofDay - ofDatabase, ofDay: ofDay - answeredAt, ofDatabase: ofDatabase - answeredAt };
  }

  private compare(now: Measured): void {
    const { before } = this;
    this.before = now;
    if (!before) return;
    if (now.ofDatabase - before.ofDatabase <= -OFF_MS) this.mendsDue = true;
    for (const [clock, stepMs] of [
      ['this machine', now.ofDay - before.ofDay],
      ['the database', now.ofDatabase - before.ofDatabase],
    ] as const) {
      if (Math.abs(stepMs) < OFF_MS) continue;
      this.steps++;
      const way = stepMs > 0 ? 'ahead' : 'back';
      this.logger.warn(
        { step_s: seconds(stepMs) },
        `clock: that of ${clock} was set ${way} by ${seconds(Math.abs(stepMs))} s, or the machine was suspended`,
      );
    }
  }

  private report(): void {
    const state = this.isWrong ? 'wrong' : Math.abs(this.offsetMs!) >= OFF_MS ? 'off' : 'ok';
    if (state === this.reported) return;
    this.reported = state;
    const fields = { offset_s: seconds(this.offsetMs!) };
    if (state === 'ok') this.logger.info(fields, 'clock: agrees with the database again');
    else
      this.logger.warn(
        fields,
        `clock: ${this.inWords()}${state === 'wrong' ? '; not ready, and nothing is swept' : ''}`,
      );
  }

  private inWords(): string {
    const offset = this.offsetMs!;
    return `${seconds(Math.abs(offset))} s ${offset > 0 ? 'ahead of' : 'behind'} the database: have NTP set the clocks of both machines`;
  }
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;
