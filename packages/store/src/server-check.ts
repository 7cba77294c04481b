import { setTimeout as delay } from 'node:timers/promises';
import { UnfitServer } from '@nexivo/bus/unfit-server';
import pg from 'pg';
import { clientOf, hostsOf } from './hosts.js';
import { READ_ONLY_SQLSTATE } from './session.js';

/** The oldest major version of PostgreSQL that this runs on. */
const OLDEST_VERSION = 14;
const CONNECT_TIMEOUT_MS = 5_000;
const RETRY_AFTER_MS = 1_000;
/** Names are compared and sorted by it, the same on every server. */
const COLLATION = 'und-x-icu';

/** What the product needs of a server. */
interface ServerNeeds {
  /** How many connections the process makes at most. */
  readonly connections: number;
}

/** How long and to whom a server that cannot be reached, or takes no writes, is waited for. */
interface ServerWait {
  readonly waitForMs: number;
  /** Told once of what is waited for. */
  readonly report: (line: string) => void;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

interface Facts {
  encoding: string;
  is_read_only: boolean;
  has_collation: boolean;
  connections: number;
  limited_by: string;
  in_use: number;
  backend: number;
}

/** What may be had of connections is the least of what server, database and role allow. */
const FACTS = `
  with limits as (
    select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true), '0')::int as connections, 'max_connections' as limited_by
    union all select datconnlimit, 'the limit of the database' from pg_database
      where datname = current_database() and datconnlimit >= 0
    union all select rolconnlimit, 'the limit of the role' from pg_roles
      where rolname = current_user and rolconnlimit >= 0
  )
  select pg_encoding_to_char(encoding) as encoding, current_setting('transaction_read_only') = 'on' as is_read_only,
    exists (select from pg_collation where collname = '${COLLATION}') as has_collation,
    pg_backend_pid() as backend, connections, limited_by,
    (select sum(numbackends)::int from pg_stat_database) as in_use
  from pg_database, (select * from limits order by connections limit 1) least
  where datname = current_database()`;

/**
 * Asks a Postgres what it is, before anything is done with it.
 *
 * @param url as `DATABASE_URL`
 * @throws UnfitServer if the product cannot run on it, or it has not been reached in time
 */
export async function checkServer(
  url: string,
  needs: ServerNeeds,
  { waitForMs, report, signal }: ServerWait,
): Promise<void> {
  const giveUpAt = performance.now() + waitForMs;
  for (let isReported = false; ; isReported = true) {
    let waitingFor: string;
    try {
      return await checkOnce(url, needs, report);
    } catch (error) {
      const reason = reasonOf(error, url);
      if (!reason.mayPass || performance.now() >= giveUpAt) throw new UnfitServer(reason.text, { cause: error });
      waitingFor = reason.text;
    }
    if (!isReported) report(`${waitingFor}; trying on`);
    await delay(RETRY_AFTER_MS, undefined, { signal });
  }
}

/** Something may change by itself: the server is away, or takes no writes for now. */
class Passing extends Error {}

async function checkOnce(url: string, { connections }: ServerNeeds, report: (line: string) => void): Promise<void> {
  const first = await connect(url);
  try {
    const version = await versionOf(first);
    if (version < OLDEST_VERSION)
      throw new UnfitServer(
        `PostgreSQL ${version} at ${placeOf(url)} is too old: version ${OLDEST_VERSION} or newer is needed`,
      );
    const facts = (await first.query<Facts>(FACTS)).rows[0]!;
    if (facts.is_read_only) throw new Passing(`Postgres at ${placeOf(url)} is read-only`);
    const problems = problemsOf(facts, connections, placeOf(url));
    if (await sharesSessions(url, first, facts.backend)) {
      problems.push(
        `the pooler at ${placeOf(url)} gives each transaction another session: set its pool_mode to session, or name the server itself in DATABASE_URL`,
      );
    }
    if (problems.length > 0) throw new UnfitServer(problems.join('\n'));
    warnOfOthers(facts, connections, placeOf(url), report);
  } finally {
    await first.end().catch(() => undefined);
  }
}

function problemsOf(facts: Facts, needed: number, place: string): string[] {
  return [
    facts.encoding !== 'UTF8' &&
      `the database at ${place} has the encoding ${facts.encoding}: UTF8 is needed (create database … encoding 'UTF8' template template0)`,
    !facts.has_collation && `Postgres at ${place} was built without ICU: the collation "${COLLATION}" is needed`,
    facts.connections < needed &&
      `Postgres at ${place} allows ${facts.connections} connections (${facts.limited_by}), and this service needs ${needed}: allow more, or lower DATABASE_POOL_SIZE`,
  ].filter((problem) => problem !== false);
}

/** Each process fits by itself; whether all replicas of all services do is seen by what the others have open already. */
function warnOfOthers(
  { connections, limited_by, in_use }: Facts,
  needed: number,
  place: string,
  report: (line: string) => void,
): void {
  if (limited_by !== 'max_connections' || in_use + needed <= connections) return;
  report(
    `Postgres at ${place} has ${in_use} of ${connections} connections in use, and this process makes up to ${needed}: raise max_connections, or lower DATABASE_POOL_SIZE or the number of replicas`,
  );
}

const versionOf = async (client: pg.Client): Promise<number> => {
  const { rows } = await client.query<{ version: string }>(`select current_setting('server_version_num') as version`);
  return Math.floor(Number(rows[0]!.version) / 10_000);
};

/**
 * Whether a pooler stands between, and gives a session to somebody else between two transactions. It gives the session away that
 * `first` has just had: a second client is given that one, or takes it while it holds a transaction, so that `first` is given another.
 */
async function sharesSessions(url: string, first: pg.Client, backend: number): Promise<boolean> {
  // Who speaks to the server itself knows its session from the start of the connection.
  if ((first as unknown as { processID: number }).processID === backend) return false;
  const second = await connect(url);
  try {
    const { rows } = await second.query<{ backend: number }>('begin; select pg_backend_pid() as backend').then(last);
    if (rows[0]!.backend === backend) return true;
    return (await first.query<{ backend: number }>('select pg_backend_pid() as backend')).rows[0]!.backend !== backend;
  } finally {
    await second.end().catch(() => undefined);
  }
}

/** Of several statements node-postgres gives a list of results. */
const last = <Result>(results: Result): Result => (Array.isArray(results) ? (results.at(-1) as Result) : results);

async function connect(url: string): Promise<pg.Client> {
  const Client = clientOf(pg.Client, url);
  const client = new Client({
    connectionString: hostsOf(url)[0]!,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS,
    application_name: 'nexivo-check',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** Host and port, which may be told, unlike the rest of the URL. */
const placeOf = (url: string): string =>
  hostsOf(url)
    .map((each) => URL.parse(each)?.host ?? '?')
    .join(',');

/** Codes of PostgreSQL for who may not come in, and what may be done about it. */
const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'refuses user or password of DATABASE_URL',
  '28000': 'refuses user or address (pg_hba.conf), or wants TLS (sslmode)',
  '3D000': 'has no such database',
  '42501': 'lets this user do too little',
  '0A000': 'does not offer what is asked',
};
const TLS_CODES = /^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_|ERR_TLS|HOSTNAME)/;

function reasonOf(error: unknown, url: string): { text: string; mayPass: boolean } {
  if (error instanceof UnfitServer) return { text: error.message, mayPass: false };
  if (error instanceof Passing) return { text: error.message, mayPass: true };
  const { code, message, errors } = error as { code?: string; message: string; errors?: Error[] };
  const said = message || (errors?.[0]?.message ?? String(error));
  const place = `Postgres at ${placeOf(url)}`;
  if (code === READ_ONLY_SQLSTATE) return { text: `${place} is read-only`, mayPass: true };
  if (code !== undefined && TLS_CODES.test(code)) {
    return {
      text: `${place} shows a certificate that is not trusted (${said}): name its CA in NODE_EXTRA_CA_CERTS, or in sslrootcert of DATABASE_URL`,
      mayPass: false,
    };
  }
  if (/does not support SSL/.test(said))
    return { text: `${place} does not speak TLS, which sslmode asks for`, mayPass: false };
  const refusal = code === undefined ? undefined : REFUSALS[code];
  if (refusal !== undefined) return { text: `${place} ${refusal}: ${firstLine(said)}`, mayPass: false };
  return { text: `${place} cannot be reached: ${firstLine(said)}`, mayPass: true };
}

const firstLine = (text: string): string => text.split('\n', 1)[0]!;
