import type { CustomTypesConfig } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { FairPool } from './fair-pool.js';
import type { RawRow } from './raw-rows.js';

/** A statement as node-postgres takes it: with a name it is prepared once on each connection. */
export interface Statement {
  name?: string;
  text: string;
  values: unknown[];
  /** How its values are parsed; as the driver does unless told. */
  types?: CustomTypesConfig | undefined;
  /** Of one that waits for nothing, and need not be ended when its command is given up. */
  isUnbounded?: boolean;
}

/** As much of node-postgres' pools and connections as is used here. */
export interface Queryable {
  query<Row = RawRow>(statement: Statement): Promise<{ rows: Row[] }>;
}

/** Has so many connections opened, as far as the database is there; it is nobody's failure if it is not. */
export async function openConnections(pool: Pick<Pool, 'connect'>, count: number): Promise<void> {
  const opened = await Promise.allSettled(Array.from({ length: count }, () => pool.connect()));
  for (const result of opened) if (result.status === 'fulfilled') result.value.release();
}

/** As much of a service's pool as is used here. */
interface Pool extends Queryable, Pick<FairPool, 'probe' | 'turns'> {
  connect(): Promise<{ release(): void }>;
}

/** The driver's own pool, for the hot reads: TypeORM takes longer over a statement than node-postgres, and prepares none. */
export const poolOf = (database: DataSource): Pool => (database.driver as PostgresDriver as { master: Pool }).master;

/** Each holds some memory of every connection. */
const MAX_PREPARED = { read: 200, update: 50 };
const names = { read: new Map<string, string>(), update: new Map<string, string>() };

/** A statement that is prepared, as long as there are not too many of them. For texts that come in few variants. */
export const prepared = (text: string, values: unknown[], types?: CustomTypesConfig): Statement => ({
  ...named('read', text, values),
  types,
});

/** The same for updates, whose variants are as many as clients find columns to change together: they take no place from the others. */
export const preparedUpdate = (text: string, values: unknown[]): Statement => named('update', text, values);

function named(kind: keyof typeof names, text: string, values: unknown[]): Statement {
  let name = names[kind].get(text);
  if (name === undefined && names[kind].size < MAX_PREPARED[kind]) {
    names[kind].set(text, (name = `${kind} ${names[kind].size}`));
  }
  return name === undefined ? { text, values } : { name, text, values };
}
