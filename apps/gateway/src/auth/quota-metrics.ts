import { Injectable } from '@nestjs/common';
import { Metrics } from '@nexivo/runtime/metrics';
import { Counter } from 'prom-client';

/** What became of a request at its quotas: `admitted_locally` and `undecided` where the store did not answer. */
const DECISIONS = [
  'admitted',
  'admitted_locally',
  'minute_exceeded',
  'day_exceeded',
  'session_exceeded',
  'undecided',
] as const;
type Decision = (typeof DECISIONS)[number];

/** Counts what quotas decide. */
@Injectable()
export class QuotaMetrics {
  private readonly decisions: Counter<'decision'>;

  constructor({ registry }: Metrics) {
    this.decisions = new Counter({
      name: 'nexivo_quota_decisions_total',
      help: `What became of requests at their quotas: ${DECISIONS.join(', ')}; locally and undecided where the store did not answer`,
      labelNames: ['decision'],
      registers: [registry],
    });
    // What has not happened yet is 0, so that the first time is seen as a change.
    for (const decision of DECISIONS) this.decisions.inc({ decision }, 0);
  }

  count(decision: Decision): void {
    this.decisions.inc({ decision });
  }
}
