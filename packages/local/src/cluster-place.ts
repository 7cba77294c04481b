import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dataLayout } from './paths.js';
import { StackError } from './stack-error.js';
import { canEnter, createReachableDirectory, postgresUser, reachableDirectoryFor } from './unprivileged.js';

/**
 * Where the Postgres cluster of a data directory lives: inside it, unless the user as whom Postgres runs cannot get there (the
 * checkout of root under /root, say). Then it lives in a directory of its own which a file in the data directory names.
 */
export function placeCluster(dataDir: string): string {
  const inside = join(dataDir, dataLayout.postgres);
  const outside = reachableDirectoryFor(resolve(dataDir));
  const recorded = recordedDirectory(dataDir);
  if (recorded === undefined) {
    const user = postgresUser(inside);
    if (existsSync(inside) || !user || canEnter(dataDir, user)) return inside;
    writeFileSync(join(dataDir, dataLayout.postgresLocation), `${JSON.stringify({ directory: outside })}\n`);
  } else if (recorded !== outside) {
    throw new StackError(
      `${dataDir} was moved or copied, but its database stayed in ${recorded}; move it back, or begin anew with npm start -- --fresh`,
    );
  }
  createReachableDirectory(outside);
  return join(outside, dataLayout.postgres);
}

/** The directories that hold the cluster of this data directory. One that a moved or copied data directory names is not its own. */
export function ownClusters(dataDir: string): string[] {
  const outside = reachableDirectoryFor(resolve(dataDir));
  const clusters = [join(dataDir, dataLayout.postgres)];
  if (recordedDirectory(dataDir) === outside) clusters.push(join(outside, dataLayout.postgres));
  return clusters.filter((cluster) => existsSync(cluster));
}

/** Deletes the directory outside of the data directory, if there is one. */
export function removeOutsideDirectory(dataDir: string): void {
  const outside = reachableDirectoryFor(resolve(dataDir));
  if (recordedDirectory(dataDir) === outside) rmSync(outside, { recursive: true, force: true });
}

function recordedDirectory(dataDir: string): string | undefined {
  const record = join(dataDir, dataLayout.postgresLocation);
  if (!existsSync(record)) return undefined;
  return (JSON.parse(readFileSync(record, 'utf8')) as { directory: string }).directory;
}
