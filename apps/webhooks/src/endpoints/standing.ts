import type { Webhook } from '@nexivo/contracts/webhooks';
import type { EntityManager } from 'typeorm';
import { disablesAt } from '../queue/endpoint-health.js';
import type { EndpointHealth } from '../queue/queue.types.js';

/** As much of the health of an endpoint as its owner is shown with the webhook. */
export interface StandingRow {
  webhook_id: string;
  failing_since: Date | null;
  failing_days: number;
  last_failure_at: Date | null;
  last_success_at: Date | null;
}

export type Standing = Pick<Webhook, 'failing_since' | 'last_success_at' | 'last_failure_at' | 'disables_at'>;

/** Of a webhook to which nothing was sent so far. */
export const UNTRIED: Standing = {
  failing_since: null,
  last_success_at: null,
  last_failure_at: null,
  disables_at: null,
};

export const toStanding = (row: Omit<StandingRow, 'webhook_id'>): Standing => ({
  failing_since: toText(row.failing_since),
  last_success_at: toText(row.last_success_at),
  last_failure_at: toText(row.last_failure_at),
  disables_at:
    row.failing_since && row.last_failure_at
      ? disablesAt({
          failingSince: row.failing_since,
          failingDays: row.failing_days,
          lastFailureAt: row.last_failure_at,
        }).toISOString()
      : null,
});

/** The same of the queue's own account of it. */
export const standingOf = ({ failingSince, failingDays, lastFailureAt, lastSuccessAt }: EndpointHealth): Standing =>
  toStanding({
    failing_since: failingSince ?? null,
    failing_days: failingDays,
    last_failure_at: lastFailureAt ?? null,
    last_success_at: lastSuccessAt ?? null,
  });

/** How webhooks of an account stand, by their ids. */
export async function readStandings(
  manager: EntityManager,
  accountId: string,
  ids: readonly string[],
): Promise<Map<string, Standing>> {
  const rows = await manager.query<StandingRow[]>(
    `select webhook_id, failing_since, failing_days, last_failure_at, last_success_at from endpoint_health
     where account_id = $1 and webhook_id = any($2)`,
    [accountId, ids],
  );
  return new Map(rows.map((row) => [row.webhook_id, toStanding(row)]));
}

/** How one of them stands. */
export const readStanding = async (
  manager: EntityManager,
  { account_id, id }: { account_id: string; id: string },
): Promise<Standing> => (await readStandings(manager, account_id, [id])).get(id) ?? UNTRIED;

const toText = (time: Date | null): string | null => time?.toISOString() ?? null;
