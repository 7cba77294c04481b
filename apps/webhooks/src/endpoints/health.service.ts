import { Injectable } from '@nestjs/common';
import type { RequestContext } from '@nexivo/bus/context';
import { HEALTH_HOURS, type WebhookHealth } from '@nexivo/contracts/webhook-health';
import { databaseTime } from '@nexivo/store/database';
import { findOwned } from '@nexivo/store/owned';
import { DataSource } from 'typeorm';
import { latencyOf } from '../queue/attempt-counts.js';
import { type StandingRow, toStanding, UNTRIED } from './standing.js';
import { WEBHOOK } from './webhook.entity.js';

const HOUR_MS = 3_600_000;

/** Attempts of an hour that succeeded or not, in one bucket of latency. */
interface CountRow {
  hour: Date;
  is_success: boolean;
  latency_bucket: number;
  attempts: number;
}

interface StateRow extends Omit<StandingRow, 'webhook_id'> {
  paused_until: Date | null;
}

/** How webhooks are doing, from what is counted along with their attempts. */
@Injectable()
export class HealthService {
  constructor(private readonly database: DataSource) {}

  async get({ accountId }: RequestContext, id: string): Promise<WebhookHealth> {
    const { manager } = this.database;
    await findOwned(manager, WEBHOOK, accountId, id);
    const now = await databaseTime(manager);
    const hours = lastHours(now);
    const [counts, [state]] = await Promise.all([
      manager.query<CountRow[]>(
        `select hour, is_success, latency_bucket, sum(attempts)::float8 as attempts from attempt_counts
         where account_id = $1 and webhook_id = $2 and hour between $3 and $4 group by 1, 2, 3`,
        [accountId, id, hours[0], hours.at(-1)],
      ),
      manager.query<StateRow[]>(
        `select failing_since, failing_days, last_failure_at, last_success_at,
           case when paused_until > clock_timestamp() then paused_until end as paused_until
         from endpoint_health where account_id = $1 and webhook_id = $2`,
        [accountId, id],
      ),
    ]);
    return {
      webhook_id: id,
      since: hours[0]!.toISOString(),
      until: now.toISOString(),
      ...summaryOf(counts),
      latency_ms: { p50: percentile(counts, 0.5), p95: percentile(counts, 0.95) },
      ...(state ? toStanding(state) : UNTRIED),
      paused_until: state?.paused_until?.toISOString() ?? null,
      hours: hours.map((hour) => ({
        hour: hour.toISOString(),
        ...summaryOf(counts.filter((count) => count.hour.getTime() === hour.getTime())),
      })),
    };
  }
}

/** The beginnings of the last hours in UTC, the oldest first. */
function lastHours(now: Date): Date[] {
  const current = Math.floor(now.getTime() / HOUR_MS) * HOUR_MS;
  return Array.from({ length: HEALTH_HOURS }, (_, index) => new Date(current - (HEALTH_HOURS - 1 - index) * HOUR_MS));
}

const sum = (counts: readonly CountRow[]): number => counts.reduce((total, { attempts }) => total + attempts, 0);

const summaryOf = (counts: readonly CountRow[]): { attempts: number; successes: number } => ({
  attempts: sum(counts),
  successes: sum(counts.filter(({ is_success }) => is_success)),
});

/** The latency that a part of all attempts does not exceed (nearest rank), in ms; null without attempts. */
function percentile(counts: readonly CountRow[], part: number): number | null {
  const rank = Math.ceil(sum(counts) * part);
  let seen = 0;
  for (const { latency_bucket, attempts } of counts.toSorted((a, b) => a.latency_bucket - b.latency_bucket)) {
    seen += attempts;
    if (seen >= rank) return latencyOf(latency_bucket);
  }
  return null;
}
