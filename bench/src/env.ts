import { basename } from 'node:path';
import type { ServerPackage } from '@nexivo/local/binaries';

/** The Postgres to measure on that `BENCH_POSTGRES` names, a directory with `bin` below it; the embedded one where it is not set. */
export function otherPostgres(): ServerPackage | undefined {
  const root = process.env['BENCH_POSTGRES'];
  return root === undefined ? undefined : { root, version: basename(root) };
}
