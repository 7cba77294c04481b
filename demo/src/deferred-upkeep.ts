import type { Pool } from 'pg';

/** How much a GIN index may put off, in KiB. Searches read through as much meanwhile. */
const PENDING_KIB = 32 * 1024;
/** Begins the comment of a table or an index that has other options than its own. */
const MARK = 'demo put back: ';

/** What stands in for a relation's own options. */
type Options = Readonly<Record<string, string | number>>;

/**
 * Puts off for as long as something fills tables what Postgres would else do for them again and again meanwhile:
 *
 * - GIN indexes may put off more than they usually may. Rows are then sorted in by the ten thousand, which is a fraction of the work,
 *   and are found at any time.
 * - Autovacuum waits for more rows than are coming. It comes soon after the end; whoever fills the tables may analyze them before.
 *
 * Afterwards all have their own options again, and nothing is put off in the indexes. Those options stand in comments meanwhile.
 * Should the process be killed, searches are slower until it is done again, and autovacuum comes after as many rows more.
 *
 * @param rows no table gets more
 * @see https://www.postgresql.org/docs/18/gin.html#GIN-FAST-UPDATE
 */
export async function withDeferredUpkeep(
  pool: Pool,
  tables: readonly string[],
  rows: number,
  work: () => Promise<void>,
): Promise<void> {
  const meanwhile: Record<'table' | 'index', Options> = {
    table: { autovacuum_analyze_threshold: rows, autovacuum_vacuum_insert_threshold: rows },
    index: { fastupdate: 'on', gin_pending_list_limit: PENDING_KIB },
  };
  const { rows: relations } = await pool.query<{ kind: 'table' | 'index'; name: string; options: string }>(
    `select case relkind when 'r' then 'table' else 'index' end as kind, pg_class.oid::regclass::text as name,
       coalesce(substring(obj_description(pg_class.oid, 'pg_class') from '^${MARK}(.*)'), array_to_string(reloptions, ', '), '') as options
     from pg_class left join pg_index on indexrelid = pg_class.oid left join pg_am on pg_am.oid = relam
     where pg_class.oid = any($1::text[]::regclass[]) or (amname = 'gin' and indrelid = any($1::text[]::regclass[]))`,
    [tables],
  );
  try {
    for (const { kind, name, options } of relations) {
      const others = Object.entries(meanwhile[kind]).map(([option, value]) => `${option} = ${value}`);
      await pool.query(
        `comment on ${kind} ${name} is '${MARK}${options}';
         alter ${kind} ${name} set (${others.join(', ')})`,
      );
    }
    await work();
  } finally {
    for (const { kind, name, options } of relations) {
      await pool.query(
        `alter ${kind} ${name} reset (${Object.keys(meanwhile[kind]).join(', ')});
         ${options && `alter ${kind} ${name} set (${options});`}
         comment on ${kind} ${name} is null`,
      );
    }
    const indexes = relations.filter(({ kind }) => kind === 'index');
    await Promise.all(indexes.map(({ name }) => pool.query('select gin_clean_pending_list($1)', [name])));
  }
}
