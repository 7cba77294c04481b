import { uuidV7InOrderOf } from '@nexivo/store/uuid-v7';
import { digestOf, generateToken, parsePeppers } from '@nexivo/gateway/accounts/token';
import { TOKEN_SCOPES } from '@nexivo/contracts/accounts';
import { BASE_PATH } from '@nexivo/contracts/route';
import { Client } from 'pg';
import type { Figure } from './figures.js';
import { type LoadRequest, type LoadResult, send } from './load.js';
import { cpuSeconds, cpuSecondsWithChildren } from './processes.js';
import type { System } from './system.js';

type Log = (line: string) => void;

export interface AccountsEffort {
  rounds: number;
  seconds: number;
  /** Over how many accounts the requests are spread; all of the largest number are there throughout. */
  accounts: readonly number[];
}

const CONNECTIONS = [50, 200, 400];
const CANDIDATES_EACH = 3;
/** How many rows one statement of the filling writes. */
const CHUNK = 5_000;
/** Enough that no write is sent twice in one measurement. */
const REQUESTS = 50_000;
/** Over the fewest accounts a request costs the least; what is promised of the throughput over the most. */
const PROMISED = 0.8;
/** What is promised of the requests after a gateway's start, when none of the accounts is remembered. */
const COLD_P95_MAX_MS = 1_000;

/** An account, its token, and one of its candidates. */
interface Customer {
  readonly token: string;
  readonly candidateId: string;
}

/** What one load has come to. */
interface Measurement {
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly failures: number;
  /** CPU time for a thousand requests, in s. */
  readonly cpu: Record<'gateway' | 'candidates' | 'postgres', number>;
  readonly transactions: number;
}

const KINDS: Record<string, (customer: Customer, n: number) => Omit<LoadRequest, 'headers'>> = {
  get: ({ candidateId }) => ({ path: `/candidates/${candidateId}`, status: 200 }),
  list: () => ({ path: '/candidates?per_page=25', status: 200 }),
  search: () => ({ path: '/candidates?q=Smith', status: 200 }),
  create: (_, n) => ({
    method: 'POST',
    path: '/candidates',
    body: JSON.stringify({ first_name: 'Jane', last_name: 'Smith', email: `jane.${n}.${Date.now()}@example.com` }),
    status: 201,
  }),
  patch: ({ candidateId }, n) => ({
    method: 'PATCH',
    path: `/candidates/${candidateId}`,
    body: JSON.stringify({ city: `City ${n} ${Date.now()}` }),
    status: 200,
  }),
};

/** The same requests spread over few and over many accounts, in turn. */
export async function costOfAccounts(system: System, effort: AccountsEffort, log: Log): Promise<Figure[]> {
  const sizes = effort.accounts.toSorted((a, b) => a - b);
  log(`filling ${sizes.at(-1)} accounts`);
  const customers = await fill(system, sizes.at(-1)!);
  log('warming up');
  await measure(system, 'get', customers, CONNECTIONS[0]!, effort.seconds);
  const figures: Figure[] = [];
  for (const kind of Object.keys(KINDS)) {
    for (const connections of CONNECTIONS) {
      const measured = new Map<number, Measurement[]>(sizes.map((size) => [size, []]));
      for (let round = 1; round <= effort.rounds; round++) {
        for (const size of sizes)
          measured.get(size)!.push(await measure(system, kind, customers.slice(0, size), connections, effort.seconds));
        const rates = sizes.map((size) => measured.get(size)!.at(-1)!.perSecond.toFixed(0));
        log(`${kind}, ${connections} connections, round ${round} of ${effort.rounds}: ${rates.join(', ')} requests/s`);
      }
      figures.push(...figuresOf(`${kind}, ${connections} connections`, sizes, measured));
    }
  }
  return [...figures, ...(await coldStart(system, customers, effort, log))];
}

/** Every request is the first of its account that a gateway sees which has just been started. */
async function coldStart(
  system: System,
  customers: readonly Customer[],
  { rounds }: AccountsEffort,
  log: Log,
): Promise<Figure[]> {
  const { gateway } = system.stack.services;
  const connections = 200;
  const measured: LoadResult[] = [];
  for (let round = 1; round <= rounds; round++) {
    await gateway.stop();
    await gateway.start();
    const inTurn = customers.map((customer): LoadRequest => requestOf('get', customer, 0));
    measured.push(await send({ origin: system.origin, inTurn, connections, requests: inTurn.length, mayFail: true }));
    const { seconds, p95 } = measured.at(-1)!;
    log(`cold start, round ${round} of ${rounds}: ${inTurn.length} accounts in ${seconds.toFixed(1)} s, p95 ${p95} ms`);
  }
  const name = `after a gateway's start, a request of each of ${customers.length} accounts, ${connections} connections`;
  return [
    { name: `${name}, throughput`, unit: 'requests/s', values: measured.map((each) => each.requests / each.seconds) },
    { name: `${name}, p50`, unit: 'ms', values: measured.map(({ p50 }) => p50) },
    { name: `${name}, p95`, unit: 'ms', values: measured.map(({ p95 }) => p95), bound: { atMost: COLD_P95_MAX_MS } },
    { name: `${name}, failures`, unit: 'requests', values: measured.map(failuresOf), bound: { atMost: 0 } },
  ];
}

const failuresOf = ({ failures }: LoadResult): number => Object.values(failures).reduce((sum, each) => sum + each, 0);

/** Accounts with a quota that is not used up, a token and a few candidates each, written by SQL. */
async function fill({ stack, accountId, candidateId }: System, count: number): Promise<Customer[]> {
  const [pepper] = parsePeppers(stack.envOf('gateway')['TOKEN_PEPPERS']!)!;
  const gateway = await connect(stack.envOf('gateway')['DATABASE_URL']!);
  const candidates = await connect(stack.envOf('candidates')['DATABASE_URL']!);
  const admin = await connect(stack.postgres!.url);
  try {
    const { rows: columns } = await candidates.query<{ names: string }>(
      `select string_agg(quote_ident(column_name), ', ') as names from information_schema.columns
       where table_schema = current_schema and table_name = 'candidates' and column_name not in ('account_id', 'id')`,
    );
    const { names } = columns[0]!;
    const customers: Customer[] = [];
    for (let from = 0; from < count; from += CHUNK) {
      const tokens = Array.from({ length: Math.min(CHUNK, count - from) }, generateToken);
      const { rows } = await gateway.query<{ id: string }>(
        `with account as (
           insert into accounts (id, name, plan, requests_per_minute, requests_per_day)
           select ${uuidV7InOrderOf('n')}, 'Account ' || n, 'enterprise', 100000000, 100000000 from generate_series(1, $1::int) n returning id
         ), numbered as (select id, row_number() over (order by id) as n from account)
         insert into api_tokens (account_id, id, name, digest, pepper_version, last_four, scopes)
         select id, ${uuidV7InOrderOf('n')}, 'Token', digest, $3, 'abcd', $4
         from numbered join unnest($2::bytea[]) with ordinality d (digest, n) using (n)
         order by n returning account_id as id`,
        [tokens.length, tokens.map((token) => digestOf(token, pepper)), pepper.version, TOKEN_SCOPES],
      );
      const accounts = rows.map(({ id }) => id);
      const { rows: made } = await candidates.query<{ account_id: string; id: string }>(
        `insert into candidates (account_id, id, ${names})
         select owner, ${uuidV7InOrderOf('owner')}, ${names} from unnest($1::uuid[]) owner cross join generate_series(1, $4::int)
           cross join (select * from candidates where account_id = $2 and id = $3) copied
         returning account_id, id`,
        [accounts, accountId, candidateId, CANDIDATES_EACH],
      );
      const idOf = new Map(made.map(({ account_id, id }) => [account_id, id]));
      customers.push(...accounts.map((id, n) => ({ token: tokens[n]!, candidateId: idOf.get(id)! })));
    }
    // Else Postgres cleans up beside the first measurements.
    await gateway.query('vacuum analyze');
    await candidates.query('vacuum analyze');
    await admin.query('checkpoint');
    return customers;
  } finally {
    await gateway.end();
    await candidates.end();
    await admin.end();
  }
}

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  await client.connect();
  return client;
}

function requestOf(kind: string, customer: Customer, n: number): LoadRequest {
  const { path, ...request } = KINDS[kind]!(customer, n);
  const headers = { authorization: `Bearer ${customer.token}`, 'content-type': 'application/json' };
  return { ...request, path: BASE_PATH + path, headers };
}

async function measure(
  { stack, origin }: System,
  kind: string,
  customers: readonly Customer[],
  connections: number,
  seconds: number,
): Promise<Measurement> {
  const inTurn = Array.from({ length: REQUESTS }, (_, n): LoadRequest => {
    // Apart from each other, so that requests that follow each other are of different accounts.
    const customer = customers[(n * 7919) % customers.length]!;
    return requestOf(kind, customer, n);
  });
  const pids = {
    gateway: stack.services.gateway.pid!,
    candidates: stack.services.candidates.pid!,
    postgres: stack.postgres!.process.pid!,
  };
  const cpuOf = () => ({
    gateway: cpuSeconds(pids.gateway),
    candidates: cpuSeconds(pids.candidates),
    postgres: cpuSecondsWithChildren(pids.postgres),
  });
  const admin = await connect(stack.postgres!.url);
  try {
    const [before, transactionsBefore] = [cpuOf(), await transactionsOf(admin)];
    const result = await send({ origin, inTurn, connections, seconds, mayFail: true });
    const [after, transactions] = [cpuOf(), (await transactionsOf(admin)) - transactionsBefore];
    const perThousand = (name: keyof typeof before): number => ((after[name] - before[name]) / result.requests) * 1_000;
    return {
      perSecond: result.requests / result.seconds,
      p50: result.p50,
      p95: result.p95,
      failures: failuresOf(result),
      cpu: {
        gateway: perThousand('gateway'),
        candidates: perThousand('candidates'),
        postgres: perThousand('postgres'),
      },
      transactions: transactions / result.requests,
    };
  } finally {
    await admin.end();
  }
}

/** Of the product's database, as far as backends have reported: a second's worth may be missing on either side. */
async function transactionsOf(admin: Client): Promise<number> {
  const { rows } = await admin.query<{ count: string }>(
    `select xact_commit + xact_rollback as count from pg_stat_database where datname = 'nexivo'`,
  );
  return Number(rows[0]!.count);
}

function figuresOf(name: string, sizes: readonly number[], measured: ReadonlyMap<number, Measurement[]>): Figure[] {
  const figure = (size: number, what: string, unit: string, valueOf: (each: Measurement) => number): Figure => ({
    name: `${name}, ${size} accounts, ${what}`,
    unit,
    values: measured.get(size)!.map(valueOf),
  });
  const [fewest, most] = [sizes[0]!, sizes.at(-1)!];
  return [
    ...sizes.flatMap((size) => [
      figure(size, 'throughput', 'requests/s', ({ perSecond }) => perSecond),
      figure(size, 'p50', 'ms', ({ p50 }) => p50),
      figure(size, 'p95', 'ms', ({ p95 }) => p95),
      figure(size, 'CPU of the gateway', 's/1,000', ({ cpu }) => cpu.gateway),
      figure(size, 'CPU of candidates', 's/1,000', ({ cpu }) => cpu.candidates),
      figure(size, 'CPU of Postgres', 's/1,000', ({ cpu }) => cpu.postgres),
      figure(size, 'transactions', 'a request', ({ transactions }) => transactions),
      { ...figure(size, 'failures', 'requests', ({ failures }) => failures), bound: { atMost: 0 } },
    ]),
    {
      name: `${name}, throughput over ${most} / over ${fewest}`,
      unit: 'ratio',
      values: measured.get(most)!.map(({ perSecond }, round) => perSecond / measured.get(fewest)![round]!.perSecond),
      bound: { atLeast: PROMISED },
    },
  ];
}
