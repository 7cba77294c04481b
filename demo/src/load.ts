import { CANDIDATE_FIELDS } from '@nexivo/search/candidate-fields';
import type { SearchFields } from '@nexivo/search/fields';
import { JOB_FIELDS } from '@nexivo/search/job-fields';
import { searchVector } from '@nexivo/search/vector';
import { Pool, type PoolClient } from 'pg';
import { candidateAt } from './candidates.js';
import { copyRows, type TableRows } from './copy.js';
import type { Demo } from './demo.js';
import { withDeferredUpkeep } from './deferred-upkeep.js';
import { jobAt } from './jobs.js';
import type { Pairs } from './pairs.js';
import { Progress, rowsIn, type Screen } from './progress.js';
import { stageChangesAt, submissionAt } from './submissions.js';

/** The services whose tables are filled. */
export type LoadedService = 'candidates' | 'jobs' | 'submissions';

/** What became of one service. */
export interface LoadedRows {
  service: LoadedService;
  /** Of its resource, without those that were there already. */
  rows: number;
  seconds: number;
  /** Whether all of them were. */
  was_there: boolean;
}

/** Thrown when a service's tables could not be filled to the end. What was stored stays. */
export class LoadFailed extends Error {
  override readonly name = 'LoadFailed';

  constructor(
    readonly service: LoadedService,
    /** What was stored: all of the services before, and of this one what came before the failure. */
    readonly loaded: readonly LoadedRows[],
    override readonly cause: unknown,
  ) {
    super(`${service}: ${(cause as Error).message || String(cause)}`);
  }
}

/** Where and how to load. */
export interface LoadOptions {
  /** Of each service's own role. */
  urls: Record<LoadedService, string>;
  screen: Screen;
}

/** What a service is given. */
interface ServiceRows {
  service: LoadedService;
  count: number;
  /** The id in the resource's own table of row number `row`. */
  idAt: (row: number) => string;
  /** What is stored of the rows from number `from` up to `to`: the resource's own table first. */
  tables: (from: number, to: number) => readonly [TableRows, ...TableRows[]];
}

/**
 * So many rows are stored in one transaction: few enough that little is lost with one, and that lists which someone goes on from a
 * time, and end before the oldest transaction, are never long behind.
 */
const ROWS_AT_ONCE = 2_000;
/** No table gets more rows for each of the resource's own; a submission has a handful of stage changes at most. */
const MOST_PER_ROW = 10;
/**
 * When this share of the rows is there, Postgres looks at them. Before that it plans for empty tables, and looks for a row by its id
 * in whatever index has the account.
 */
const ANALYZED_AT = 0.05;
/** So many connections store rows: what Postgres makes of a row, its indexes above all, takes more than one core. */
const CONNECTIONS = 4;

function* rowsOf<Row>(from: number, to: number, rowAt: (row: number) => Row): Generator<Row> {
  for (let row = from; row < to; row++) yield rowAt(row);
}

function* flatRowsOf<Row>(from: number, to: number, rowsAt: (row: number) => readonly Row[]): Generator<Row> {
  for (let row = from; row < to; row++) yield* rowsAt(row);
}

/** With what the services write beside what they are given. */
const searchable = (fields: SearchFields, row: object): object =>
  Object.assign(row, { search: searchVector(fields, row) });

const plan = (demo: Demo, pairs: Pairs): ServiceRows[] => [
  {
    service: 'candidates',
    count: demo.candidates,
    idAt: (row) => candidateAt(demo, row).id,
    tables: (from, to) => [
      {
        table: 'candidates',
        rows: () => rowsOf(from, to, (row) => searchable(CANDIDATE_FIELDS, candidateAt(demo, row))),
      },
    ],
  },
  {
    service: 'jobs',
    count: demo.jobs,
    idAt: (row) => jobAt(demo, row).id,
    tables: (from, to) => [
      { table: 'jobs', rows: () => rowsOf(from, to, (row) => searchable(JOB_FIELDS, jobAt(demo, row))) },
    ],
  },
  {
    service: 'submissions',
    count: pairs.count,
    idAt: (row) => submissionAt(demo, pairs, row).id,
    tables: (from, to) => [
      { table: 'submissions', rows: () => rowsOf(from, to, (row) => submissionAt(demo, pairs, row)) },
      {
        table: 'submission_stage_changes',
        rows: () => flatRowsOf(from, to, (row) => stageChangesAt(demo, pairs, row)),
      },
    ],
  },
];

/**
 * Fills the tables, over several connections and in many transactions. A row that is there already is left alone, so that a load that
 * failed or was stopped goes on where it ended when it is asked for again.
 *
 * @throws LoadFailed
 */
export async function loadDemo(demo: Demo, pairs: Pairs, options: LoadOptions): Promise<LoadedRows[]> {
  const loaded: LoadedRows[] = [];
  for (const rows of plan(demo, pairs)) {
    if (rows.count > 0) await loadService(demo, rows, options, loaded);
  }
  return loaded;
}

/** @param loaded is added what was stored, also if not all of it was */
async function loadService(
  demo: Demo,
  rows: ServiceRows,
  { urls, screen }: LoadOptions,
  loaded: LoadedRows[],
): Promise<void> {
  const { service, count } = rows;
  const progress = new Progress(screen, service, count);
  const pool = new Pool({
    connectionString: urls[service],
    connectionTimeoutMillis: 5_000,
    application_name: 'nexivo-demo',
    max: CONNECTIONS,
    // For what is put off, and for rows that wait for their transaction's counters.
    options: '-c work_mem=64MB -c maintenance_work_mem=256MB',
  });
  // A lost connection also rejects the query that runs.
  pool.on('error', () => undefined);
  let stored = 0;
  const result = (): LoadedRows => ({
    service,
    rows: stored,
    seconds: Math.round(progress.elapsedMs / 10) / 100,
    was_there: stored === 0,
  });
  try {
    const tables = rows.tables(0, 0);
    const names = tables.map(({ table }) => table);
    await withDeferredUpkeep(pool, names, count * MOST_PER_ROW, () =>
      fill(pool, demo, rows, progress, (more) => (stored += more)),
    );
    if (stored > 0) await analyze(pool, tables);
    progress.end(stored === 0 ? 'were there already' : rowsIn(stored, progress.elapsedMs));
    loaded.push(result());
  } catch (error) {
    progress.end();
    if (stored > 0) loaded.push(result());
    throw new LoadFailed(service, loaded, error);
  } finally {
    await pool.end();
  }
}

/**
 * All that a service stores of these rows. What the database derives of them, the counters, comes by itself; whatever else a service
 * keeps beside its tables would belong here.
 */
async function fill(
  pool: Pool,
  { accountId }: Demo,
  { count, idAt, tables }: ServiceRows,
  progress: Progress,
  onStored: (rows: number) => void,
): Promise<void> {
  const analyzedFrom = Math.ceil((count * ANALYZED_AT) / ROWS_AT_ONCE) * ROWS_AT_ONCE;
  const parts = rowsOf(0, Math.ceil(count / ROWS_AT_ONCE), (part) => part * ROWS_AT_ONCE);
  const fillNext = async (): Promise<void> => {
    // All share one generator. A loop that ends by an error closes it, and with it the others.
    for (const from of parts) {
      const to = Math.min(count, from + ROWS_AT_ONCE);
      const [own, ...others] = tables(from, to);
      if (from === analyzedFrom) await analyze(pool, [own, ...others]);
      const isStored = await inTransaction(pool, async (client) => {
        const id = [accountId, idAt(from)];
        const { rowCount } = await client.query(`select from ${own.table} where account_id = $1 and id = $2`, id);
        if (rowCount !== 0) return false;
        await copyRows(client, own, progress.advance);
        for (const other of others) await copyRows(client, other, () => undefined);
        return true;
      });
      if (isStored) onStored(to - from);
      else progress.advance(to - from);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: CONNECTIONS }, fillNext));
  const failed = ends.find(({ status }) => status === 'rejected');
  if (failed) throw (failed as PromiseRejectedResult).reason;
}

/** Autovacuum would do so a while later: until then the planner knows nothing of most rows. */
async function analyze(pool: Pool, tables: readonly TableRows[]): Promise<void> {
  for (const { table } of tables) await pool.query(`analyze ${table}`);
}

async function inTransaction<Result>(pool: Pool, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    // A connection on which something failed is closed, and what was begun on it with it.
    client.release(failure);
  }
}
