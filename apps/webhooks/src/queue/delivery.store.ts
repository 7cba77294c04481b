import { randomUUID } from 'node:crypto';
import { INSERT_INTO_OUTBOX } from '@nexivo/events/outbox';
import { ResilientClient } from '@nexivo/store/client';
import { clientOf, hostsOf } from '@nexivo/store/hosts';
import { searchPathOf, sessionWith } from '@nexivo/store/session';
import pg from 'pg';
import type { Logger } from 'pino';
import { BEGIN_CLAIM, CHOOSE, CLAIM, PROMOTE } from './claim.sql.js';
import {
  BACKLOG,
  COMPLETE,
  COMPLETE_MOVED,
  DISABLE,
  RELEASE,
  LOCK_WEBHOOKS,
  NOTE_FAILING,
  READ_HEALTH,
  WRITE_HEALTH,
} from './complete.sql.js';
import {
  type BacklogRow,
  type ChoiceRow,
  type ClaimRow,
  completionColumns,
  disableColumns,
  healthColumns,
  type LockedHealthRow,
  missingFrom,
  toClaimed,
  toHealth,
} from './delivery.rows.js';
import { healthAfter, isNotable } from './endpoint-health.js';
import type {
  Backlog,
  Claimed,
  ClaimLimits,
  Claims,
  Completed,
  Completion,
  Disabled,
  Endpoint,
  HealthChange,
  ToldWebhook,
} from './queue.types.js';
import type { Random } from './schedule.js';

/** All columns of a webhook. */
type WebhookRow = Readonly<Record<string, unknown>> & { readonly id: string };
type DisabledRow = WebhookRow & Disabled;

const FIRST: Endpoint = {
  accountId: '00000000-0000-0000-0000-000000000000',
  webhookId: '00000000-0000-0000-0000-000000000000',
};
/** One for claiming, two for writing outcomes down, one for metrics. */
export const DELIVERY_CONNECTIONS = 4;
const TIMEOUT_MS = 10_000;
/**
 * Settings of the queue's connections. Rows are always found by an index or by `ctid`: the planner may remember a table as empty.
 * Bitmap scans are off because they visit the dead rows of a busy queue each time. An index scan marks dead rows and skips them
 * from then on.
 */
export const SESSION = {
  search_path: searchPathOf('webhooks'),
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  jit: 'off',
  idle_in_transaction_session_timeout: '5s',
  statement_timeout: `${TIMEOUT_MS}ms`,
};

/**
 * The queue of deliveries. Its few statements run all the time. They are prepared, on connections of their own that send the
 * statements of a transaction in one go, so that no lock waits for the network.
 */
export class DeliveryStore {
  private readonly pool: pg.Pool;

  constructor(
    url: string,
    logger: Logger,
    private readonly toldOf: (told: ToldWebhook) => unknown[],
    private readonly random: Random = Math.random,
  ) {
    this.pool = new pg.Pool({
      Client: clientOf(ResilientClient, url),
      connectionString: hostsOf(url)[0]!,
      max: DELIVERY_CONNECTIONS,
      pipeline: true,
      application_name: 'nexivo-webhooks-delivery',
      onConnect: sessionWith(SESSION),
      connectionTimeoutMillis: 1_500,
      query_timeout: TIMEOUT_MS,
      keepAlive: true,
    });
    this.pool.on('error', (error) => logger.warn({ err: error }, 'deliveries: idle connection lost'));
  }

  /**
   * Leases deliveries that are due. See claim.sql.ts for which.
   *
   * @param after the endpoint after which to begin
   */
  async claim(limits: ClaimLimits, after: Endpoint = FIRST): Promise<Claims> {
    const token = randomUUID();
    const { all, healthy, degraded, perEndpoint, underWay } = limits;
    const values = [
      all,
      healthy,
      degraded,
      perEndpoint,
      after.accountId,
      after.webhookId,
      [...underWay.keys()],
      [...underWay.values()].map((each) => each.all),
      [...underWay.values()].map((each) => each.degraded),
    ];
    const [, , { rows: choices }, { rows }] = await this.withClient((client) =>
      allOf([
        client.query(BEGIN_CLAIM),
        client.query({ name: 'promote', text: PROMOTE }),
        client.query<ChoiceRow>({ name: 'choose', text: CHOOSE, values }),
        client.query<ClaimRow>({ name: 'claim', text: CLAIM, values: [token] }),
        client.query('commit'),
      ]),
    );
    const { due, is_truncated, last } = choices[0]!;
    return {
      claimed: rows.map((row) => toClaimed(row, token)),
      hasMore: due > rows.filter(({ is_degraded }) => !is_degraded).length,
      resumeAfter: is_truncated && last ? { accountId: last[0], webhookId: last[1] } : undefined,
    };
  }

  /** Writes down attempts that do not change the health of their endpoints. */
  async complete(completions: readonly Completion[]): Promise<Completed> {
    const { rows } = await this.pool.query<{ id: string }>(completeStatement(completions));
    return { tooLate: await completeMoved(this.pool, missingFrom(rows, completions)), disabled: [] };
  }

  /** Writes down attempts and the new health of their endpoints. */
  async completeWithHealth(completions: readonly Completion[]): Promise<Completed> {
    return this.withClient(async (client) => {
      const webhooks = new Map(completions.map(({ delivery }) => [delivery.webhookId, delivery.accountId]));
      const keys = [[...webhooks.values()], [...webhooks.keys()]];
      const [, locked, completed, health] = await allOf([
        client.query('begin'),
        client.query<{ id: string; url: string }>({ name: 'lock webhooks', text: LOCK_WEBHOOKS, values: keys }),
        client.query<{ id: string }>(completeStatement(completions)),
        client.query<LockedHealthRow>({ name: 'read health', text: READ_HEALTH, values: keys }),
      ]);
      const tooLate = await completeMoved(client, missingFrom(completed.rows, completions));
      const urls = new Map(locked.rows.map(({ id, url }) => [id, url]));
      // An attempt at a former URL says nothing of the one that the webhook has now.
      const relevant = completions.filter(
        (each) => urls.get(each.delivery.webhookId) === each.delivery.url && !tooLate.includes(each),
      );
      const changes = health.rows.map((row) => this.healthChange(row, webhooks.get(row.webhook_id)!, relevant));
      const isTold = changes.some(({ disable, isNotable }) => disable !== undefined || isNotable);
      const [, { rows }] = await allOf([
        client.query({ name: 'write health', text: WRITE_HEALTH, values: healthColumns(changes) }),
        client.query<DisabledRow>({ name: 'disable', text: DISABLE, values: disableColumns(changes) }),
        ...(isTold ? [] : [client.query('commit')]),
      ]);
      if (isTold) {
        await this.tell(client, changes, rows);
        await client.query('commit');
      }
      const disabled = rows.map(({ account_id, webhook_id, reason }) => ({ account_id, webhook_id, reason }));
      return { tooLate, disabled };
    });
  }

  /** Has the accounts' other webhooks told, in the transaction of what they are told of. */
  private async tell(
    client: pg.PoolClient,
    changes: readonly HealthChange[],
    disabled: readonly DisabledRow[],
  ): Promise<void> {
    const failing = changes.filter(({ disable, isNotable }) => isNotable && disable === undefined);
    const { rows } = await client.query<WebhookRow>(NOTE_FAILING, [
      failing.map(({ accountId }) => accountId),
      failing.map(({ webhookId }) => webhookId),
    ]);
    const tell = async (type: ToldWebhook['type'], row: WebhookRow): Promise<void> => {
      const { before, health } = changes.find(({ webhookId }) => webhookId === row.id)!;
      await client.query(INSERT_INTO_OUTBOX, this.toldOf({ type, row, before, health }));
    };
    for (const row of rows) await tell('webhook.failing', row);
    for (const row of disabled) await tell('webhook.disabled', row);
  }

  /** Gives up leases without counting an attempt; the deliveries are due after so many milliseconds. */
  async release(deliveries: readonly Claimed[], afterMs = 0): Promise<void> {
    await this.pool.query(RELEASE, [
      deliveries.map(({ accountId }) => accountId),
      deliveries.map(({ id }) => id),
      deliveries.map(({ token }) => token),
      afterMs,
    ]);
  }

  async backlog(): Promise<Backlog> {
    const { rows } = await this.pool.query<BacklogRow>(BACKLOG);
    const { pending, ...due } = rows[0]!;
    return {
      pending,
      due: {
        ours: { late: due.late_ours, oldestS: due.oldest_ours_s },
        endpoint: { late: due.late_endpoint, oldestS: due.oldest_endpoint_s },
      },
    };
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  /** The health of an endpoint after attempts, in their order. */
  private healthChange(row: LockedHealthRow, accountId: string, completions: readonly Completion[]): HealthChange {
    const change: HealthChange = {
      accountId,
      webhookId: row.webhook_id,
      before: toHealth(row),
      health: toHealth(row),
      disable: undefined,
      isNotable: false,
    };
    for (const { delivery, outcome } of completions) {
      if (delivery.webhookId !== row.webhook_id) continue;
      const { health, disable } = healthAfter(change.health, outcome.verdict, row.now, this.random);
      change.health = health;
      change.disable ??= disable;
    }
    change.isNotable = !isNotable(change.before) && isNotable(change.health);
    return change;
  }

  /** Lends a connection of the pool. One on which something has failed is closed. */
  private async withClient<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }
}

const completeStatement = (completions: readonly Completion[]): pg.QueryConfig => ({
  name: 'complete',
  text: COMPLETE,
  values: completionColumns(completions),
});

/** @returns those whose lease this replica has lost */
async function completeMoved(database: pg.Pool | pg.PoolClient, missing: Completion[]): Promise<Completion[]> {
  if (missing.length === 0) return missing;
  const { rows } = await database.query<{ id: string }>(COMPLETE_MOVED, completionColumns(missing));
  return missingFrom(rows, missing);
}

/** Waits for all queries to end, then throws the first error if any has failed. */
async function allOf<const Queries extends readonly Promise<unknown>[]>(
  queries: Queries,
): Promise<{ [Index in keyof Queries]: Awaited<Queries[Index]> }> {
  await Promise.allSettled(queries);
  return Promise.all(queries);
}
