import { Inject, Injectable, Optional } from '@nestjs/common';
import { BusConnection } from '@nexivo/bus/connection';
import { BACKING_STORE, type BackingStore } from './backing-store.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';
import { TimeLimitExceeded, withTimeLimit } from './time-limit.js';

const PROBE_TIMEOUT_MS = 1_000;
/** How long an answer stands for those that are slow. */
const ANSWER_STANDS_MS = 10_000;

/**
 * Whether something is there. One that is slow to answer may only be on a busy machine, where it would take all replicas out at once: then
 * what it said last counts, for a while. One that fails is away at once.
 */
class Probe<Found> {
  private last: { found: Found; at: number } | undefined;

  constructor(private readonly ask: () => Promise<Found>) {}

  async state(): Promise<Found | 'away'> {
    const asking = this.ask().then((found) => {
      this.last = { found, at: performance.now() };
      return found;
    });
    try {
      return await withTimeLimit(asking, PROBE_TIMEOUT_MS);
    } catch (error) {
      const { last } = this;
      const stands = last && performance.now() - last.at < ANSWER_STANDS_MS;
      return error instanceof TimeLimitExceeded && stands ? last.found : 'away';
    }
  }
}

/** What a service needs, part by part: its database, its bus, and what its own parts have told {@link Readiness} of. */
@Injectable()
export class Health {
  private readonly database: Probe<string>;
  private readonly busProbe = new Probe(() => this.probeBus());

  constructor(
    @Inject(BACKING_STORE) store: BackingStore,
    @Inject(BusConnection) private readonly bus: BusConnection,
    @Inject(Readiness) private readonly parts: Readiness,
    @Optional() @Inject(Metrics) metrics?: Metrics,
  ) {
    this.database = new Probe(() => store.state());
    metrics?.gauge(
      'nexivo_ready',
      'Whether what this process needs is as it should be (1) or not (0), by part, as /health/ready has it',
      ['part'],
      async () =>
        Object.entries(await this.states()).map(([part, state]) => ({
          labels: { part },
          value: state === 'ok' ? 1 : 0,
        })),
    );
  }

  /** `ok`, or what is wrong and what to do about it, of each part. It takes a second at most. */
  async states(): Promise<Record<string, string>> {
    const [database, bus] = await Promise.all([this.database.state(), this.busProbe.state()]);
    return { database, bus, ...this.parts.states() };
  }

  private async probeBus(): Promise<'ok'> {
    if (!this.bus.isConnected) throw new Error('not connected');
    await this.bus.nats.flush();
    return 'ok';
  }
}
