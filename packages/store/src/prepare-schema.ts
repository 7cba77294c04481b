import { UnfitServer } from '@nexivo/bus/unfit-server';
import pg from 'pg';
import { clientOf, hostsOf } from './hosts.js';

/** PostgreSQL's code of what somebody may not do. */
const INSUFFICIENT_PRIVILEGE = '42501';

interface Rights {
  role: string;
  database: string;
  has_schema: boolean;
  may_use_schema: boolean;
  may_create: boolean;
  missing_extensions: string[];
}

const RIGHTS = `
  select current_user as role, current_database() as database,
    has_database_privilege(current_database(), 'CREATE') as may_create,
    found.oid is not null as has_schema,
    coalesce(has_schema_privilege(found.oid, 'USAGE') and has_schema_privilege(found.oid, 'CREATE'), true) as may_use_schema,
    array(select unnest($2::text[]) except select extname::text from pg_extension) as missing_extensions
  from (select) one left join pg_namespace found on nspname = $1`;

/**
 * Makes the schema of a service and the extensions it needs, where they are missing. So a role that owns its database, and may make no
 * other roles, is all that migrations need.
 *
 * @throws UnfitServer with the SQL that a superuser has to run, if the role may not do it
 */
export async function prepareSchema(url: string, schema: string, extensions: readonly string[]): Promise<void> {
  const Client = clientOf(pg.Client, url);
  const client = new Client({ connectionString: hostsOf(url)[0]!, query_timeout: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const rights = (await client.query<Rights>(RIGHTS, [schema, extensions])).rows[0]!;
    const name = pg.escapeIdentifier(schema);
    const role = pg.escapeIdentifier(rights.role);
    const needed = [
      ...(rights.has_schema ? [] : [`create schema if not exists ${name}`]),
      ...rights.missing_extensions.map(
        (each) => `create extension if not exists ${pg.escapeIdentifier(each)} schema public`,
      ),
    ];
    if (!rights.may_use_schema)
      throw new UnfitServer(advice(rights, [`grant usage, create on schema ${name} to ${role}`]));
    for (const statement of needed)
      await client.query(statement).catch((error: unknown) => refuse(error, rights, needed, schema));
  } finally {
    await client.end().catch(() => undefined);
  }
}

function refuse(error: unknown, rights: Rights, needed: readonly string[], schema: string): never {
  const { code, message } = error as { code?: string; message: string };
  if (code === INSUFFICIENT_PRIVILEGE) {
    const owner = `authorization ${pg.escapeIdentifier(rights.role)}`;
    const statements = needed.map((each) => (each.startsWith('create schema') ? `${each} ${owner}` : each));
    throw new UnfitServer(advice(rights, statements), { cause: error });
  }
  throw new UnfitServer(`schema ${schema} cannot be prepared: ${message}`, { cause: error });
}

const advice = ({ role, database }: Rights, statements: readonly string[]): string =>
  `the role "${role}" may not prepare the database "${database}"; as a superuser, run there: ${statements.join('; ')};`;
