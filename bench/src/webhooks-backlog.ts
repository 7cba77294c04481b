import { randomUUID } from 'node:crypto';
import { aadOf, generateSecret, parseSecretKeys, Secrets } from '@nexivo/webhooks/endpoints/secrets';
import { Client } from 'pg';
import type { Figure } from './figures.js';
import type { System } from './system.js';
import { type Effort, latencyFigures, type Log, measure, type Measurement, withReceiver } from './webhooks.js';
import { startWebhookReceiver } from './webhook-receiver.js';

/** Writes of the account that is measured: few, so that only what waits can delay their deliveries. */
const WRITES = { perSecond: 20, connections: 4 };
/** What is promised of its deliveries, whatever waits. */
const P95_MAX_MS = 250;
const CHUNK = 5_000;

/** Deliveries that wait, to an endpoint each of as many accounts. */
interface Backlog {
  endpoints: number;
  /** To each endpoint. */
  each: number;
  /** When they are due, in seconds from now. */
  dueInS: number;
  /** How often each was tried. */
  attempts: number;
}

const BACKLOGS: Record<string, Backlog> = {
  'beside 50,000 endpoints with retries due in two hours': { endpoints: 50_000, each: 1, dueInS: 7_200, attempts: 3 },
  'beside 95,000 due deliveries of 19,000 accounts': { endpoints: 19_000, each: 5, dueInS: -60, attempts: 0 },
};

/** The time from a commit to its receipt in an account of its own, in calm and beside what others wait for. */
export async function besideBacklogs(system: System, { rounds, seconds }: Effort, log: Log): Promise<Figure[]> {
  const others = await startWebhookReceiver();
  try {
    return await withReceiver(system, 1, async (receiver) => {
      const figures: Figure[] = [];
      const oneAfterTheOther = async (name: string): Promise<void> => {
        const measured: Measurement[] = [];
        for (let round = 1; round <= rounds; round++) {
          measured.push(await measure(system, receiver, 1, { ...WRITES, seconds }));
          const { p50, p95 } = measured.at(-1)!;
          log(`webhooks: ${name}, round ${round} of ${rounds}: p50 ${p50} ms, p95 ${p95} ms`);
        }
        figures.push(...latencyFigures(`20 writes/s, ${name}`, measured, { p95: P95_MAX_MS }));
      };
      await oneAfterTheOther('nobody waits');
      for (const [name, backlog] of Object.entries(BACKLOGS)) {
        await fill(system, backlog, others.origin);
        await oneAfterTheOther(name);
        if (backlog.dueInS < 0) figures.push(await leftOf(system, name));
      }
      return figures;
    });
  } finally {
    await others.stop();
  }
}

/** Accounts with an endpoint each, and deliveries to it, written by SQL. */
async function fill({ stack }: System, backlog: Backlog, url: string): Promise<void> {
  const { WEBHOOK_SECRET_KEYS, DATABASE_URL } = stack.envOf('webhooks');
  const secrets = new Secrets(parseSecretKeys(WEBHOOK_SECRET_KEYS!)!);
  const client = new Client({ connectionString: DATABASE_URL! });
  await client.connect();
  try {
    for (let from = 0; from < backlog.endpoints; from += CHUNK) {
      const hooks = Array.from({ length: Math.min(CHUNK, backlog.endpoints - from) }, () => {
        const hook = { account_id: randomUUID(), id: randomUUID() };
        const { keyId, sealed } = secrets.seal(generateSecret(), aadOf(hook));
        return { ...hook, keyId, sealed };
      });
      await client.query(
        `with hook as (
           insert into webhooks (account_id, id, url, events, status, secret_key_id, secret)
           select account_id, id, $5, '{*}', 'enabled', key_id, secret
           from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[]) as each (account_id, id, key_id, secret)
           returning account_id, id
         ), health as (
           insert into endpoint_health (account_id, webhook_id) select account_id, id from hook
         )
         insert into deliveries (account_id, id, webhook_id, event_id, event_type, body_of, origin, test_body,
           due_at, created_at, attempts, attempts_total, is_delayed)
         select account_id, gen_random_uuid(), id, 'evt_' || n, 'candidate.created', 'test', 'test', $6,
           now() + $8 * interval '1 second', now() - interval '1 minute', $9, $9, $9 > 0
         from hook, generate_series(1, $7::int) n`,
        [
          hooks.map(({ account_id }) => account_id),
          hooks.map(({ id }) => id),
          hooks.map(({ keyId }) => keyId),
          hooks.map(({ sealed }) => sealed),
          url,
          JSON.stringify({ created_at: new Date().toISOString() }),
          backlog.each,
          backlog.dueInS,
          backlog.attempts,
        ],
      );
    }
    await client.query('analyze');
  } finally {
    await client.end();
  }
}

/** What of a backlog was still waiting when the measurement was over: none would mean that it was beside nothing. */
async function leftOf({ stack }: System, name: string): Promise<Figure> {
  const client = new Client({ connectionString: stack.envOf('webhooks')['DATABASE_URL']! });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from deliveries where status = 'pending' and due_at <= now()`,
    );
    return {
      name: `20 writes/s, ${name}: still due`,
      unit: 'deliveries',
      values: [rows[0]!.count],
      bound: { atLeast: 1 },
    };
  } finally {
    await client.end();
  }
}
