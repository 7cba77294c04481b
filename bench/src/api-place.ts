import { uuidV7InOrderOf } from '@nexivo/store/uuid-v7';
import { join } from 'node:path';
import { repositoryRoot } from '@nexivo/local/paths';
import { runProgram } from '@nexivo/local/run-program';
import { machineEnv } from '@nexivo/local/services';
import { Client } from 'pg';
import { type Server, startServer, startSystem, type System } from './system.js';

/** An account, and how requests say that they are its own. */
export interface Party {
  accountId: string;
  token: string;
  /** Candidates of it, at random. */
  ids: string[];
}

/** A stack with so many candidates, and the control beside it on the same database. */
export interface Place {
  candidates: number;
  system: System;
  control: Server;
  /** Has the candidates, and is only read. */
  readers: Party;
  /** Is written to, so that the other one stays as large as it is. */
  writers: Party;
  /** One of the {@link SMALL_ACCOUNTS} beside them. */
  small: Party;
  /** Asks the candidates service's own database. */
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

/** Different candidates that are asked for: so many that they are not all in the nearest cache. */
const SAMPLE = 1_000;
const SMALL_ACCOUNTS = 1_000;
const SMALL_ACCOUNT_ROWS = 50;
/** Candidates that are changed. A prime number, see `patches` of the routes. */
const PATCHED = 997;

/**
 * Starts a stack, fills it by `npm run demo -- load` and starts the control.
 *
 * @param onIdle called when the stack is up and has nothing to do yet
 * @param env settings for its services, beside those that they have anyway
 */
export async function startPlace(
  candidates: number,
  log: (line: string) => void,
  onIdle: (system: System) => Promise<void>,
  env: Record<string, string> = {},
): Promise<Place> {
  const system = await startSystem(env);
  const stops = [() => system.stop()];
  const stop = async (): Promise<void> => {
    while (stops.length > 0) await stops.pop()!();
  };
  try {
    await onIdle(system);
    const databaseUrl = system.stack.envOf('candidates')['DATABASE_URL']!;
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    stops.push(() => client.end());
    const sql = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
      (await client.query<Row>(text, values)).rows;
    log(`loading ${candidates} candidates`);
    const readers = await startParty(system, candidates, sql);
    const writers = await startParty(system, PATCHED, sql);
    const small = await startParty(system, SMALL_ACCOUNT_ROWS, sql);
    await addAccountsLike(readers, sql);
    const control = await startServer(system.stack, {
      name: 'control',
      args: [join(import.meta.dirname, 'control.js')],
      env: { DATABASE_URL: databaseUrl },
    });
    stops.push(() => control.process.stop());
    return { candidates, system, control, readers, writers, small, sql, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParty({ stack, operator }: System, candidates: number, sql: Place['sql']): Promise<Party> {
  const accountId = await operator.createAccount();
  const { token } = await operator.createToken(accountId);
  const sizes = ['--candidates', String(candidates), '--jobs', '0', '--submissions', '0'];
  const script = join(repositoryRoot, 'demo/dist/main.js');
  await runProgram('demo load', process.execPath, [script, 'load', '--account', accountId, ...sizes], {
    env: { ...machineEnv(), DATA_DIR: stack.dataDir },
    cwd: repositoryRoot,
  });
  const rows = await sql<{ id: string }>('select id from candidates where account_id = $1 order by random() limit $2', [
    accountId,
    SAMPLE,
  ]);
  return { accountId, token, ids: rows.map(({ id }) => id) };
}

/** Small accounts, each with copies of a few candidates of another one. */
async function addAccountsLike({ accountId, ids }: Party, sql: Place['sql']): Promise<void> {
  const [columns] = await sql<{ names: string }>(
    `select string_agg(quote_ident(column_name), ', ') as names from information_schema.columns
     where table_schema = current_schema and table_name = 'candidates'
       and column_name not in ('account_id', 'id')`,
  );
  await sql(
    `insert into candidates (account_id, id, ${columns!.names})
     select owner, ${uuidV7InOrderOf('owner')}, ${columns!.names}
     from (select gen_random_uuid() as owner from generate_series(2, $1::int)) owners
     cross join (select * from candidates where account_id = $2 and id = any($3)) copied`,
    [SMALL_ACCOUNTS, accountId, ids.slice(0, SMALL_ACCOUNT_ROWS)],
  );
  await sql('vacuum analyze candidates');
}
