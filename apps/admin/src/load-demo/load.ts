import { Client } from 'pg';
import { candidateAt } from './candidates.js';
import { copyRows, type TableRows } from './copy.js';
import type { Demo } from './demo.js';
import { withoutIndexes } from './indexes.js';
import { jobAt } from './jobs.js';
import type { Pairs } from './pairs.js';
import { Progress, rowsIn, type Screen } from './progress.js';
import { stageChangesAt, submissionAt } from './submissions.js';

/** The services whose tables are filled, in this order. */
export const LOADED_SERVICES = ['candidates', 'jobs', 'submissions'] as const;
export type LoadedService = (typeof LOADED_SERVICES)[number];

/** What became of one service. */
export interface LoadedRows {
  service: LoadedService;
  /** Of its resource; 0 where the same rows were there already. */
  rows: number;
  seconds: number;
  was_there: boolean;
}

/** Thrown when a service's tables could not be filled: those are as they were before. */
export class LoadFailed extends Error {
  override readonly name = 'LoadFailed';

  constructor(
    readonly service: LoadedService,
    /** What was loaded before that, and stays. */
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
  /** Whether the tables' indexes are made anew behind the rows: faster, and nobody else can use the tables meanwhile. */
  isExclusive: boolean;
  screen: Screen;
}

/** What a service is given, in one transaction. */
interface ServiceRows {
  service: LoadedService;
  count: number;
  /** The row by which one sees whether all of them are there already. */
  firstId: () => string;
  /** Its resource's own table first. */
  tables: readonly TableRows[];
}

function* rowsOf<Row>(count: number, rowAt: (row: number) => Row): Generator<Row> {
  for (let row = 0; row < count; row++) yield rowAt(row);
}

function* flatRowsOf<Row>(count: number, rowsAt: (row: number) => readonly Row[]): Generator<Row> {
  for (let row = 0; row < count; row++) yield* rowsAt(row);
}

const plan = (demo: Demo, pairs: Pairs): ServiceRows[] => [
  {
    service: 'candidates',
    count: demo.candidates,
    firstId: () => candidateAt(demo, 0).id,
    tables: [{ table: 'candidates', rows: () => rowsOf(demo.candidates, (row) => candidateAt(demo, row)) }],
  },
  {
    service: 'jobs',
    count: demo.jobs,
    firstId: () => jobAt(demo, 0).id,
    tables: [{ table: 'jobs', rows: () => rowsOf(demo.jobs, (row) => jobAt(demo, row)) }],
  },
  {
    service: 'submissions',
    count: pairs.count,
    firstId: () => submissionAt(demo, pairs, 0).id,
    tables: [
      { table: 'submissions', rows: () => rowsOf(pairs.count, (row) => submissionAt(demo, pairs, row)) },
      {
        table: 'submission_stage_changes',
        rows: () => flatRowsOf(pairs.count, (row) => stageChangesAt(demo, pairs, row)),
      },
    ],
  },
];

/**
 * Fills the tables, each service in one transaction of its own: what fails leaves no trace, and the same rows are never there
 * twice, so that the same load can be tried again.
 *
 * @throws LoadFailed
 */
export async function loadDemo(demo: Demo, pairs: Pairs, options: LoadOptions): Promise<LoadedRows[]> {
  const loaded: LoadedRows[] = [];
  for (const rows of plan(demo, pairs)) {
    if (rows.count === 0) continue;
    try {
      loaded.push(await loadService(demo, rows, options));
    } catch (error) {
      throw new LoadFailed(rows.service, loaded, error);
    }
  }
  return loaded;
}

async function loadService(demo: Demo, rows: ServiceRows, options: LoadOptions): Promise<LoadedRows> {
  const { urls, isExclusive, screen } = options;
  const { service, count } = rows;
  const client = new Client({
    connectionString: urls[service],
    connectionTimeoutMillis: 5_000,
    application_name: 'nexivo-load-demo',
  });
  // A lost connection also rejects the query that runs.
  client.on('error', () => undefined);
  const progress = new Progress(screen, service, count);
  try {
    await client.connect();
    const copy = (from: TableRows, onRows: (count: number) => void): Promise<void> => {
      const work = async (): Promise<void> => void (await copyRows(client, from, onRows));
      return isExclusive ? withoutIndexes(client, from.table, work) : work();
    };
    const was_there = !(await inTransaction(client, () => fill(client, demo, rows, progress, copy)));
    if (!was_there) await tidy(client, rows, screen);
    const ms = progress.elapsedMs;
    progress.end(was_there ? 'were there already' : rowsIn(count, ms));
    return { service, rows: was_there ? 0 : count, seconds: Math.round(ms / 10) / 100, was_there };
  } catch (error) {
    progress.end();
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * All that a service stores of these rows, in its transaction. What the database derives of them (counters by triggers, generated
 * columns) comes by itself; whatever else a service keeps beside its tables would belong here.
 */
async function fill(
  client: Client,
  { accountId }: Demo,
  { tables, firstId }: ServiceRows,
  progress: Progress,
  copy: (from: TableRows, onRows: (count: number) => void) => Promise<void>,
): Promise<boolean> {
  const [own, ...others] = tables as [TableRows, ...TableRows[]];
  const found = await client.query(`select from ${own.table} where account_id = $1 and id = $2`, [
    accountId,
    firstId(),
  ]);
  if (found.rowCount !== 0) return false;
  await copy(own, progress.advance);
  for (const other of others) await copy(other, () => undefined);
  return true;
}

/** What autovacuum would do a while later: until then the planner knows nothing of the new rows. */
async function tidy(client: Client, { service, tables }: ServiceRows, screen: Screen): Promise<void> {
  const progress = new Progress(screen, service, 0);
  for (const { table } of tables) await client.query(`vacuum (analyze) ${table}`);
  progress.end();
}

async function inTransaction<Result>(client: Client, work: () => Promise<Result>): Promise<Result> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
