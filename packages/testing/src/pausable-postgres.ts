import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { startPostgres } from '@nexivo/local/postgres';

/** A Postgres of a test's own, which can stop answering without closing a connection. */
export interface PausablePostgres {
  /** Of a superuser. */
  url: string;
  pause(): void;
  resume(): void;
  /** Also deletes its data. It must not be paused. */
  stop(): Promise<void>;
}

/** Starts a {@link PausablePostgres}; the caller must `stop` it. Linux only. */
export async function startPausablePostgres(): Promise<PausablePostgres> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-store-'));
  const postgres = await startPostgres({ dataDir, settings: { fsync: 'off' } });
  const signalAll = (signal: NodeJS.Signals): void => {
    // All of the cluster's processes: the postmaster alone would leave open connections working.
    for (const pid of [postgres.process.pid!, ...childrenOf(postgres.process.pid!)]) process.kill(pid, signal);
  };
  return {
    url: postgres.url,
    pause: () => signalAll('SIGSTOP'),
    resume: () => signalAll('SIGCONT'),
    stop: async () => {
      await postgres.stop();
      removeOutsideDirectory(dataDir);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Linux keeps the parent as the fourth field of a process's status line, behind the name in parentheses. */
const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[1]) === parent;
      } catch {
        return false;
      }
    });
