import pg from 'pg';

/**
 * What every connection is set to, whatever the server, the database or the role has as its defaults: how values are written and read,
 * in which zone, and what other transactions a statement sees (PostgreSQL, "Client Connection Defaults").
 */
const SETTINGS = {
  client_encoding: 'UTF8',
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  default_transaction_isolation: 'read committed',
  lock_timeout: '0',
  gin_fuzzy_search_limit: '0',
};

/** PostgreSQL's code of a write where only reading is allowed. */
export const READ_ONLY_SQLSTATE = '25006';

/** The server takes no writes: it is a standby, or was told to. */
export class ReadOnlyServer extends Error {
  override readonly name = 'ReadOnlyServer';
  readonly code = READ_ONLY_SQLSTATE;

  constructor() {
    super('Postgres is read-only');
  }
}

/** As much of node-postgres' client as its types do not tell. */
interface Wire {
  readonly connection: {
    on(event: 'errorMessage', listener: (message: { code?: string }) => void): void;
  };
}

/**
 * Prepares a connection that was just made. It is a statement and not parameters of the start of the connection, because poolers refuse those
 * that they do not know.
 *
 * One to a server that takes no writes is refused, and one that learns so later is closed: the next one may find the server that does.
 *
 * @param settings beside {@link SETTINGS}, such as `search_path`
 * @throws ReadOnlyServer
 */
export async function prepareSession(client: pg.ClientBase, settings: Readonly<Record<string, string>>): Promise<void> {
  const assignments = Object.entries({ ...SETTINGS, ...settings }).map(
    ([name, value]) => `set_config(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(value)}, false)`,
  );
  const { rows } = await client.query<{ is_read_only: boolean }>(
    `select current_setting('transaction_read_only') = 'on' as is_read_only, ${assignments.join(', ')}`,
  );
  if (rows[0]!.is_read_only) throw new ReadOnlyServer();
  (client as unknown as Wire).connection.on('errorMessage', ({ code }) => {
    // Once the statement's caller has been told.
    if (code === READ_ONLY_SQLSTATE) setImmediate(() => void (client as pg.Client).end());
  });
}

/** As {@link prepareSession}, for the pools of node-postgres. They wait for the promise, though their types have none. */
export const sessionWith =
  (settings: Readonly<Record<string, string>>): NonNullable<pg.PoolConfig['onConnect']> =>
  (client) =>
    prepareSession(client, settings);

/** A search path of one schema, and of `public`, where the extensions are. */
export const searchPathOf = (schema: string): string => `${pg.escapeIdentifier(schema)}, public`;
