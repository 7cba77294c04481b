import { randomBytes, randomUUID } from 'node:crypto';
import { migrate } from '@nexivo/store/migrations';
import { createLogger } from '@nexivo/runtime/logging';
import { Metrics } from '@nexivo/runtime/metrics';
import { Shutdown } from '@nexivo/runtime/shutdown';
import { WakeUp } from '@nexivo/runtime/wake-up';
import { startWorld, type World } from '@nexivo/testing/world';
import type { Logger } from 'pino';
import { newId } from '@nexivo/bus/new-id';
import { database } from '../src/database.js';
import { toldOf } from '../src/endpoints/webhook-events.js';
import { aadOf, generateSecret, Secrets, type SecretKeys } from '../src/endpoints/secrets.js';
import { DeliveryStore } from '../src/queue/delivery.store.js';
import { type DialOptions, Dialer } from '../src/sender/dial.js';
import { type Resolve, systemResolve } from '../src/sender/resolver.js';
import { TargetGuard, type TargetRules } from '../src/sender/target-guard.js';
import { AttemptLog, type SuccessLog } from '../src/worker/attempt-log.js';
import { DeliveryMetrics } from '../src/worker/delivery.metrics.js';
import { DeliveryWorker, type WorkerLimits } from '../src/worker/delivery.worker.js';

/** A webhook as the tests know it. */
export interface Hook {
  accountId: string;
  id: string;
  secret: string;
}

/** A row of `deliveries`, as far as tests look at it. */
interface DeliveryRow {
  id: string;
  webhook_id: string;
  event_id: string;
  status: string;
  attempts: number;
  attempts_total: number;
  due_at: Date;
  due_in_s: number;
  lease_token: string | null;
  completed_at: Date | null;
}

interface AttemptRow {
  number: number;
  status_code: number | null;
  latency_ms: number;
  response_body: string | null;
  error: string | null;
  error_detail: string | null;
}

interface HealthRow {
  failing_since: Date | null;
  last_success_at: Date | null;
  paused_until: Date | null;
  paused_for_s: number | null;
  consecutive_slowdowns: number;
  is_oversized: boolean;
}

export interface WorkerOptions extends Partial<WorkerLimits>, DialOptions {
  rules?: Partial<TargetRules>;
  resolve?: Resolve;
  logger?: Logger;
  successes?: SuccessLog;
}

/** A worker with what it is made of. */
export interface Replica {
  wakeUp: WakeUp;
  store: DeliveryStore;
  metrics: Metrics;
  stop(): Promise<void>;
}

interface QueueOptions {
  body?: string;
  dueInS?: number;
  attempts?: number;
  traceparent?: string;
}

/** The schema of the webhooks service, rows put in as the API and the fan-out would, and workers on it. */
export interface DeliveryWorld {
  world: World;
  secrets: Secrets;
  /** Its keys, as the environment has them. */
  secretKeys: string;
  hook(url: string, columns?: { accountId?: string; status?: 'enabled' | 'disabled' }): Promise<Hook>;
  /** Queues events for a webhook, due now unless told; the ids of the events. */
  queue(hook: Hook, count?: number, options?: QueueOptions): Promise<string[]>;
  /** Starts a replica of the worker; it may reach everything unless told. */
  replica(options?: WorkerOptions): Replica;
  deliveriesOf(hook: Hook): Promise<DeliveryRow[]>;
  attemptsOf(hook: Hook): Promise<AttemptRow[]>;
  healthOf(hook: Hook): Promise<HealthRow>;
  /** Of a webhook. */
  statusOf(hook: Hook): Promise<{ status: string; disabled_reason: string | null; version: number }>;
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

export async function startDeliveryWorld(): Promise<DeliveryWorld> {
  const world = await startWorld();
  await migrate({ ...database, url: world.urlOf('webhooks'), poolSize: 1 });
  const key = randomBytes(32);
  const keys: SecretKeys = [{ id: '1', key }];
  const secrets = new Secrets(keys);
  const replicas: Replica[] = [];
  const sql = <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
    world.sql<Row & Record<string, unknown>>('webhooks', text, values);
  const keyOf = ({ accountId, id }: Hook): string[] => [accountId, id];

  return {
    world,
    secrets,
    secretKeys: `1:${key.toString('base64')}`,
    sql,
    hook: async (url, { accountId = randomUUID(), status = 'enabled' } = {}) => {
      const id = newId();
      const secret = generateSecret();
      const { keyId, sealed } = secrets.seal(secret, aadOf({ account_id: accountId, id }));
      await sql(
        `with webhook as (
           insert into webhooks (account_id, id, url, events, status, disabled_reason, disabled_at, secret_key_id, secret)
           values ($1, $2, $3, array['*'], $4, case when $4 = 'disabled' then 'requested' end,
             case when $4 = 'disabled' then now() end, $5, $6)
         )
         insert into endpoint_health (account_id, webhook_id) values ($1, $2)`,
        [accountId, id, url, status, keyId, sealed],
      );
      return { accountId, id, secret };
    },
    queue: async ({ accountId, id }, count = 1, { body, dueInS = 0, attempts = 0, traceparent } = {}) => {
      const rows = await sql<{ event_id: string }>(
        `with last as (
           insert into event_positions (account_id, last) values ($1, $3)
           on conflict (account_id) do update set last = event_positions.last + $3 returning last
         ), event as (
           insert into events (account_id, position, id, type, created_at, body, traceparent)
           select $1, last - number + 1, 'evt_' || replace(uuidv7()::text, '-', ''), 'candidate.created', clock_timestamp(),
             coalesce($4, json_build_object('n', number)::text), $7
           from last, generate_series(1, $3::int) number
           returning id
         )
         insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, origin, due_at, attempts)
         select $1, uuidv7(), $2, id, 'candidate.created', 'event', 'event',
           clock_timestamp() + $5 * interval '1 second', $6
         from event returning event_id`,
        [accountId, id, count, body ?? null, dueInS, attempts, traceparent ?? null],
      );
      return rows.map(({ event_id }) => event_id);
    },
    replica: ({
      concurrency = 256,
      perEndpoint = 8,
      rules = {},
      resolve = systemResolve(),
      logger = createLogger('webhooks', 'fatal'),
      successes = 'all',
      ...dialOptions
    } = {}) => {
      const guard = new TargetGuard({ allowInsecure: true, allowlist: [], ...rules }, resolve);
      const store = new DeliveryStore(world.urlOf('webhooks'), logger, toldOf);
      const metrics = new Metrics();
      const wakeUp = new WakeUp();
      const worker = new DeliveryWorker(
        {
          store,
          wakeUp,
          dialer: new Dialer(guard, dialOptions),
          secrets,
          metrics: new DeliveryMetrics(metrics, store, logger),
          shutdown: new Shutdown(),
          logger,
          attemptLog: new AttemptLog(logger, successes),
        },
        { concurrency, perEndpoint },
      );
      worker.start();
      let stopping: Promise<void> | undefined;
      const replica: Replica = { wakeUp, store, metrics, stop: () => (stopping ??= worker.onModuleDestroy()) };
      replicas.push(replica);
      return replica;
    },
    deliveriesOf: (hook) =>
      sql(
        `select *, extract(epoch from due_at - clock_timestamp())::float8 as due_in_s from deliveries
         where account_id = $1 and webhook_id = $2 order by created_at, id`,
        keyOf(hook),
      ),
    attemptsOf: (hook) =>
      sql(
        `select attempts.* from attempts
         join deliveries on deliveries.account_id = attempts.account_id and deliveries.id = attempts.delivery_id
         where deliveries.account_id = $1 and webhook_id = $2 order by at, delivery_id, number`,
        keyOf(hook),
      ),
    healthOf: async (hook) => {
      const [row] = await sql<HealthRow>(
        `select *, extract(epoch from paused_until - clock_timestamp())::float8 as paused_for_s from endpoint_health
         where account_id = $1 and webhook_id = $2`,
        keyOf(hook),
      );
      return row!;
    },
    statusOf: async (hook) => {
      const [row] = await sql<{ status: string; disabled_reason: string | null; version: number }>(
        `select status, disabled_reason, version from webhooks where account_id = $1 and id = $2`,
        keyOf(hook),
      );
      return row!;
    },
    stop: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()));
      await world.stop();
    },
  };
}
