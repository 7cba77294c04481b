import type { Pool } from 'pg';

/** How much a GIN index may put off, in KiB. Searches read through as much meanwhile. */
const PENDING_KIB = 32 * 1024;
/** Begins the comment of an index that has other options than its own. */
const MARK = 'load-demo put back: ';

/**
 * Lets the GIN indexes of tables put off more than they usually may for as long as something fills the tables. Rows are then sorted
 * in by the ten thousand, which is a fraction of the work, and are found at any time. Afterwards the indexes have their own options
 * again, and nothing put off.
 *
 * Those options stand in the indexes' comments meanwhile. Should the process be killed, searches are slower until it is done again.
 *
 * @see https://www.postgresql.org/docs/18/gin.html#GIN-FAST-UPDATE
 */
export async function withDeferredIndexing(
  pool: Pool,
  tables: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  const { rows: indexes } = await pool.query<{ name: string; options: string }>(
    `select indexrelid::regclass::text as name,
       coalesce(substring(obj_description(indexrelid, 'pg_class') from '^${MARK}(.*)'), array_to_string(reloptions, ', '), '') as options
     from pg_index join pg_class on pg_class.oid = indexrelid join pg_am on pg_am.oid = relam
     where indrelid = any($1::text[]::regclass[]) and amname = 'gin'`,
    [tables],
  );
  try {
    for (const { name, options } of indexes) {
      await pool.query(
        `comment on index ${name} is '${MARK}${options}';
         alter index ${name} set (fastupdate = on, gin_pending_list_limit = ${PENDING_KIB})`,
      );
    }
    await work();
  } finally {
    for (const { name, options } of indexes) {
      await pool.query(
        `alter index ${name} reset (fastupdate, gin_pending_list_limit);
         ${options && `alter index ${name} set (${options});`}
         comment on index ${name} is null`,
      );
      await pool.query('select gin_clean_pending_list($1)', [name]);
    }
  }
}
