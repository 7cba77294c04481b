import { setTimeout as delay } from 'node:timers/promises';
import type { QueryRunner } from 'typeorm';

/** A session of the database as a line tells of it. */
export interface Session {
  pid: number;
  name: string | null;
  address: string | null;
  state: string | null;
  seconds: number | null;
}

/** Columns of a {@link Session}, of `pg_stat_activity`. Of other roles' sessions no more than the role is to be seen. */
export const SESSION_COLUMNS = `pid, coalesce(nullif(application_name, ''), usename) as name, host(client_addr) as address, state,
  round(extract(epoch from clock_timestamp() - coalesce(xact_start, state_change, backend_start)))::integer as seconds`;

/** Such as `pid 42 (nexivo-jobs, 10.0.0.7, idle in transaction for 90 s)`. */
export function describeSession({ pid, name, address, state, seconds }: Session): string {
  const lasting = state && seconds !== null ? `${state} for ${seconds} s` : state;
  return `pid ${pid} (${[name, address, lasting].filter(Boolean).join(', ')})`;
}

const TRY_EVERY_MS = 500;

/**
 * Takes the lock under which one run at a time migrates a schema; the session holds it until it ends. It is asked for again and again
 * and not waited for in the database: `create index concurrently` waits for every statement that is under way, one that waits for
 * this lock included, and neither would ever end.
 *
 * @throws the reason of `signal`
 */
export async function takeMigrationLock(
  session: QueryRunner,
  schema: string,
  {
    signal,
    report,
    reportEveryMs,
  }: { signal: AbortSignal | undefined; report: (line: string) => void; reportEveryMs: number },
): Promise<void> {
  const key = `migrate ${schema}`;
  let reportedAt = -Infinity;
  for (;;) {
    signal?.throwIfAborted();
    const [{ taken }] = (await session.query('select pg_try_advisory_lock(hashtext($1)) as taken', [key])) as [
      { taken: boolean },
    ];
    if (taken) return;
    if (performance.now() - reportedAt >= reportEveryMs) {
      reportedAt = performance.now();
      const holders = (await session.query(holdersOfLock, [key])) as Session[];
      const names = holders.map(describeSession).join(', ');
      report(`waits for another run of the migrations${names && `: ${names}`}`);
    }
    await delay(TRY_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Postgres shows a key of 64 bits in halves. */
const holdersOfLock = `select ${SESSION_COLUMNS} from pg_stat_activity where pid in (
  select pid from pg_locks
  where locktype = 'advisory' and granted and objsubid = 1
    and database = (select oid from pg_database where datname = current_database())
    and ((classid::bigint << 32) | objid::bigint) = hashtext($1)::bigint)`;
