import { type Metrics, sharedLook } from '@nexivo/runtime/metrics';
import type { Logger } from 'pino';
import { Counter, Gauge, Histogram } from 'prom-client';
import { LATE_AFTER_S } from '../queue/complete.sql.js';
import type { DeliveryStore } from '../queue/delivery.store.js';
import type { Backlog, LateBecauseOf, Verdict } from '../queue/queue.types.js';

const CAUSES: readonly LateBecauseOf[] = ['ours', 'endpoint'];
const OUTCOMES: readonly Verdict['kind'][] = ['success', 'failure', 'slowdown', 'gone', 'unsent'];

/** What monitoring reads of deliveries. */
export class DeliveryMetrics {
  /** Of first attempts of deliveries made for an event as it happened. */
  readonly firstByteS: Histogram;
  readonly inFlight: Gauge;
  readonly slots: Gauge;
  /** Attempts that came to their end after another replica had taken the delivery over. */
  readonly tooLate: Counter;
  private readonly attempts: Counter<'outcome'>;
  private readonly durations: Histogram<'outcome'>;

  constructor(metrics: Metrics, store: DeliveryStore, logger: Logger) {
    const registers = [metrics.registry];
    this.attempts = new Counter({
      name: 'nexivo_webhook_attempts_total',
      help: 'Requests to webhooks by this replica: success, failure, slowdown (429, 502, 503, 504, cut), gone (410), or unsent for want of the event',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of OUTCOMES) this.attempts.inc({ outcome }, 0);
    this.durations = new Histogram({
      name: 'nexivo_webhook_attempt_duration_seconds',
      help: 'From the begin of a request to a webhook to its answer, or until it was given up',
      labelNames: ['outcome'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
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
    this.slots = new Gauge({
      name: 'nexivo_webhook_slots',
      help: 'How many of them there may be (WEBHOOK_CONCURRENCY)',
      registers,
    });
    this.tooLate = new Counter({
      name: 'nexivo_webhook_attempts_too_late_total',
      help: 'Requests by this replica whose delivery another replica had taken over before they were over',
      registers,
    });
    measureBacklog(metrics, store, logger);
  }

  /** Counts an attempt that has come to its end. */
  attempted(outcome: Verdict['kind'], ms: number): void {
    this.attempts.inc({ outcome });
    this.durations.observe({ outcome }, ms / 1_000);
  }
}

function measureBacklog(metrics: Metrics, store: DeliveryStore, logger: Logger): void {
  const look = sharedLook(async () => {
    try {
      return await store.backlog();
    } catch (error) {
      logger.warn({ err: error }, 'deliveries not counted');
      throw error;
    }
  });
  metrics.gaugeOfService(
    'nexivo_webhook_deliveries_pending',
    'Deliveries that are not over, those of disabled webhooks included; counted up to 100000',
    [],
    async () => [{ value: (await look()).pending }],
  );
  const byCause = (name: string, help: string, value: (due: Backlog['due'][LateBecauseOf]) => number): void =>
    metrics.gaugeOfService(name, help, ['cause'], async () => {
      const { due } = await look();
      return CAUSES.map((cause) => ({ labels: { cause }, value: value(due[cause]) }));
    });
  byCause(
    'nexivo_webhook_deliveries_late',
    `Deliveries that have been due for more than ${LATE_AFTER_S} s and are not under way, by whose fault it is: ours, endpoint`,
    ({ late }) => late,
  );
  byCause(
    'nexivo_webhook_oldest_due_seconds',
    'For how long the delivery that should have been sent first has been due, by whose fault it is',
    ({ oldestS }) => oldestS,
  );
}
