import type { Client } from 'pg';

/**
 * Takes the indexes off a table for as long as something fills it, and makes them anew afterwards, which is a fraction of the work of
 * sorting row after row into them. Those that guard something (primary keys, unique indexes) stay. In a transaction: nobody else can
 * use the table until its end, and if it fails nothing has happened.
 */
export async function withoutIndexes(client: Client, table: string, work: () => Promise<void>): Promise<void> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
     from pg_index where indrelid = $1::regclass and not indisunique order by 1`,
    [table],
  );
  for (const { name } of rows) await client.query(`drop index ${name}`);
  await work();
  await client.query(`set local maintenance_work_mem = '256MB'`);
  for (const { definition } of rows) await client.query(definition);
}
