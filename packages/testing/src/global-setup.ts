import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Postgres, startPostgres } from '@nexivo/local/postgres';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';

/** Where {@link startWorld} finds the cluster of this run. */
export const POSTGRES_URL = 'TEST_POSTGRES_URL';

const running: { postgres?: Postgres; dataDir?: string } = {};

/** Jest's globalSetup: one Postgres for the run; every test file makes a database of its own in it. */
export default async function start(): Promise<void> {
  running.dataDir = mkdtempSync(join(tmpdir(), 'nexivo-test-'));
  running.postgres = await startPostgres({
    dataDir: running.dataDir,
    // What a crash would lose is of no worth here.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
  });
  process.env[POSTGRES_URL] = running.postgres.url;
}

/** Jest's globalTeardown. */
export async function stop(): Promise<void> {
  await running.postgres?.stop();
  if (!running.dataDir) return;
  removeOutsideDirectory(running.dataDir);
  rmSync(running.dataDir, { recursive: true, force: true });
}
