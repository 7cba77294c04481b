import type { Metrics } from '@nexivo/runtime/metrics';
import type { Logger } from 'pino';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { DeliveryStore } from '../queue/delivery.store.js';
import type { Backlog } from '../queue/queue.types.js';

/** What monitoring reads of deliveries. */
export class DeliveryMetrics {
  /** By outcome: success, failure, slowdown (429, 502, 503, 504, or cut without a status), gone (410). */
  readonly attempts: Counter<'outcome'>;
  /** Of first attempts of deliveries made for an event as it happened. */
  readonly firstByteS: Histogram;
  readonly inFlight: Gauge;
  /** Attempts that came to their end after another replica had taken the delivery over. */
  readonly tooLate: Counter;

  constructor({ registry }: Metrics, store: DeliveryStore, logger: Logger) {
    const registers = [registry];
    this.attempts = new Counter({
      name: 'nexivo_webhook_attempts_total',
      help: 'Requests to webhooks by this replica: success, failure, slowdown (429, 502, 503, 504, cut), gone (410)',
      labelNames: ['outcome'],
      registers,
    });
    this.firstByteS = new Histogram({
      name: 'nexivo_webhook_first_byte_seconds',
      help: 'From the commit of an event to the first byte of the first request that tells of it',
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300],
      registers,
    });
    this.inFlight = new Gauge({
      name: 'nexivo_webhook_requests_in_flight',
      help: 'Requests to webhooks under way in this replica, up to the writing down of what came of them',
      registers,
    });
    this.tooLate = new Counter({
      name: 'nexivo_webhook_attempts_too_late_total',
      help: 'Requests by this replica whose delivery another replica had taken over before they were over',
      registers,
    });
    // One look serves both gauges. A value that is not known is none, rather than an old one.
    const count = async (): Promise<Backlog | undefined> => {
      try {
        return await store.backlog();
      } catch (error) {
        logger.warn({ err: error }, 'deliveries not counted');
        return undefined;
      }
    };
    let counting: Promise<Backlog | undefined> | undefined;
    const look = (): Promise<Backlog | undefined> =>
      (counting ??= count().finally(() => {
        counting = undefined;
      }));
    const pending = new Gauge({
      name: 'nexivo_webhook_deliveries_pending',
      help: 'Deliveries that are not over, those of disabled webhooks included; counted up to 100000',
      registers: [],
      async collect() {
        const seen = await look();
        if (seen) this.set(seen.pending);
        else this.remove();
      },
    });
    const oldestDueS = new Gauge({
      name: 'nexivo_webhook_oldest_due_seconds',
      help: 'For how long the delivery that should have been sent first has been due; disabled webhooks do not count',
      registers: [],
      async collect() {
        const seen = await look();
        if (seen) this.set(seen.oldestDueS);
        else this.remove();
      },
    });
    for (const gauge of [pending, oldestDueS]) registry.registerMetric(gauge);
  }
}
