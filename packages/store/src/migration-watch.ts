import type { DataSource, QueryRunner } from 'typeorm';
import { describeSession, type Session, SESSION_COLUMNS } from './migration-lock.js';

interface WatchOptions {
  report: (line: string) => void;
  reportEveryMs: number;
  signal: AbortSignal | undefined;
}

const LOOK_EVERY_MS = 200;
/** After so long a migration is a long one. */
const LONG_MS = 10_000;

/** Watches a run of migrations by a second connection: tells how far it is, for whom it waits, and ends it when it has to. */
export class MigrationWatch {
  private readonly startedAt = performance.now();
  private reportedAt = performance.now();
  private isFirst = true;
  private blockers: Session[] = [];
  private timeouts = 0;
  private readonly timer: NodeJS.Timeout;
  private looking: Promise<void> | undefined;

  private constructor(
    private readonly observer: QueryRunner,
    private readonly pid: number,
    private readonly missing: readonly string[],
    private readonly options: WatchOptions,
  ) {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    options.signal?.addEventListener('abort', this.cancel);
  }

  /**
   * @param session runs the migrations
   * @param missing their names, in their order
   */
  static async start(
    dataSource: DataSource,
    session: QueryRunner,
    missing: readonly string[],
    options: WatchOptions,
  ): Promise<MigrationWatch> {
    const [{ pid }] = (await session.query('select pg_backend_pid() as pid')) as [{ pid: number }];
    const observer = dataSource.createQueryRunner();
    await observer.connect();
    return new MigrationWatch(observer, pid, missing, options);
  }

  /** A statement has given up waiting for a lock, and will be tried again. */
  noteLockTimeout(): void {
    this.timeouts += 1;
    if (this.timeouts === 1) this.tell(`waits for a lock${this.holders()}; trying on`);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.options.signal?.removeEventListener('abort', this.cancel);
    await this.looking;
    await this.observer.release();
  }

  /** The statement that is under way fails, and with it its transaction. */
  private readonly cancel = (): void => {
    void this.observer.query('select pg_cancel_backend($1)', [this.pid]).catch(() => undefined);
  };

  /** A look that fails says nothing of the run, which notices itself if the database has gone. */
  private look(): void {
    this.looking ??= this.lookOnce()
      .catch(() => undefined)
      .finally(() => {
        this.looking = undefined;
      });
  }

  private async lookOnce(): Promise<void> {
    const blockers = (await this.observer.query(blockersOf, [this.pid])) as Session[];
    // Between two tries there are none: those of the last one are still meant.
    if (blockers.length > 0) this.blockers = blockers;
    const everyMs = this.isFirst ? Math.min(LONG_MS, this.options.reportEveryMs) : this.options.reportEveryMs;
    if (performance.now() - this.reportedAt < everyMs) return;
    this.isFirst = false;
    const parts = [
      `under way for ${Math.round((performance.now() - this.startedAt) / 1_000)} s`,
      ...(await this.progress()),
      (this.timeouts > 0 || blockers.length > 0) && `waits for a lock${this.holders()}`,
    ];
    this.tell(parts.filter(Boolean).join('; '));
    this.timeouts = 0;
    this.blockers = blockers;
  }

  /** Which migration it is, how much of an index is built, how many rows a backfill has done. */
  private async progress(): Promise<string[]> {
    const done = (await this.observer.query('select name from migrations')) as { name: string }[];
    const current = this.missing.find((missing) => !done.some(({ name }) => name === missing));
    const indexes = (await this.observer.query(indexProgress, [this.pid])) as { line: string }[];
    const [{ exists }] = (await this.observer.query(progressTableExists)) as [{ exists: boolean }];
    const backfills = exists ? ((await this.observer.query(backfillProgress)) as { line: string }[]) : [];
    return [...(current === undefined ? [] : [current]), ...[...indexes, ...backfills].map(({ line }) => line)];
  }

  private holders(): string {
    return this.blockers.length > 0 ? ` of ${this.blockers.map(describeSession).join(', ')}` : '';
  }

  private tell(line: string): void {
    this.reportedAt = performance.now();
    this.options.report(line);
  }
}

const blockersOf = `select ${SESSION_COLUMNS} from pg_stat_activity where pid = any(pg_blocking_pids($1))`;

const indexProgress = `select concat_ws(', ', phase, round(100.0 * blocks_done / nullif(blocks_total, 0)) || ' %') as line
  from pg_stat_progress_create_index where pid = $1`;

/** Of `backfillV1` (`large-table.table.ts`). */
const progressTableExists = `select to_regclass('migration_progress') is not null as exists`;
const backfillProgress = `select name || ': ' || rows || ' rows done' as line from migration_progress`;
