import { setTimeout as sleep } from 'node:timers/promises';
import { serviceNames } from '@nexivo/local/services';
import type { Stack } from '@nexivo/local/stack';
import { Client } from 'pg';

/** A backend reports what it has done within ten seconds; the gateway notes the last use of a token every ten. */
const SETTLED_S = 12;
const GIVE_UP_S = 90;

/**
 * Does some work of the gateway alone, and counts the transactions that the product's database saw meanwhile. The other services
 * rest: they look for events to publish all the time, which has nothing to do with the work.
 */
export async function transactionsDuring<Result>(
  stack: Stack,
  work: () => Promise<Result>,
): Promise<{ result: Result; transactions: number }> {
  // In another database, so that looking does not count.
  const client = new Client({ connectionString: stack.postgres!.url });
  await client.connect();
  const others = serviceNames.filter((name) => name !== 'gateway').map((name) => stack.services[name]);
  try {
    await Promise.all(others.map((service) => service.stop()));
    // Its sweepers wait five minutes after a start: the work ends before.
    await stack.services.gateway.restart();
    // Its workers' transactions would be counted as well.
    await setAutovacuum(client, 'alter system set autovacuum = off');
    const before = await settled(client);
    const result = await work();
    return { result, transactions: (await settled(client)) - before };
  } finally {
    await Promise.all(others.map((service) => service.start()));
    await setAutovacuum(client, 'alter system reset autovacuum');
    await client.end();
  }
}

async function setAutovacuum(client: Client, statement: string): Promise<void> {
  await client.query(statement);
  await client.query('select pg_reload_conf()');
}

/** The number of transactions so far, once it no longer moves. */
async function settled(client: Client): Promise<number> {
  let last = -1;
  let unchangedS = 0;
  for (let s = 0; s < GIVE_UP_S; s++) {
    const { rows } = await client.query<{ count: string }>(
      `select xact_commit + xact_rollback as count from pg_stat_database where datname = 'nexivo'`,
    );
    const count = Number(rows[0]!.count);
    unchangedS = count === last ? unchangedS + 1 : 0;
    if (unchangedS >= SETTLED_S) return count;
    last = count;
    await sleep(1_000);
  }
  throw new Error(`the database has not been quiet for ${SETTLED_S} s within ${GIVE_UP_S} s`);
}
