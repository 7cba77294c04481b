import type { DataSource, EntityManager } from 'typeorm';

/**
 * Does work that one replica of a service does at a time, under a lock of its connection. No transaction is open meanwhile, so
 * whoever waits for something else than Postgres keeps no list from going on (`visibility-horizon.ts`) and no row from being vacuumed.
 *
 * The lock ends with the connection: at once when the process dies, after `hungAfterMs` when nothing is heard of it. What the work
 * asks of Postgres afterwards fails.
 *
 * @param name of the lock, within the schema
 * @param work each statement of the manager it is given is a transaction of its own
 * @returns undefined, and nothing is done, if another replica has the lock
 */
export async function underSessionLock<Result>(
  database: DataSource,
  { name, hungAfterMs }: { name: string; hungAfterMs: number },
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result | undefined> {
  const session = database.createQueryRunner();
  const connection = (await session.connect()) as { end(): Promise<void> };
  try {
    if (!(await lock(session.manager, name, hungAfterMs))) return undefined;
    try {
      return await work(session.manager);
    } finally {
      // A connection that may still have the lock must not go back to the pool.
      await unlock(session.manager, name).catch(() => connection.end());
    }
  } finally {
    await session.release();
  }
}

const KEY = `hashtextextended($1 || ' ' || current_schema(), 0)`;

async function lock(manager: EntityManager, name: string, hungAfterMs: number): Promise<boolean> {
  const [{ locked }] = await manager.query<[{ locked: boolean }]>(
    `select case when pg_try_advisory_lock(${KEY}) then set_config('idle_session_timeout', $2, false) end is not null as locked`,
    [name, `${hungAfterMs}ms`],
  );
  return locked;
}

async function unlock(manager: EntityManager, name: string): Promise<void> {
  await manager.query(`select set_config('idle_session_timeout', '0', false), pg_advisory_unlock(${KEY})`, [name]);
}
