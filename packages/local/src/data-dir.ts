import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { codeOf, messageOf, StackError } from './stack-error.js';
import { dataLayout } from './paths.js';

/** A data directory that this process alone uses, until it is released or the process ends. */
export interface DataDirLock {
  release(): void;
}

/**
 * Claims the data directory, creating it when needed. The claim is SQLite's exclusive lock on an empty file: the kernel drops
 * it with the process, however that ends, so there is no stale lock to recognise and no reused pid to be fooled by.
 */
export function lockDataDir(dataDir: string): DataDirLock {
  const pidFile = join(dataDir, dataLayout.pid);
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dataDir, { recursive: true });
    assertOwned(dataDir);
    database = new DatabaseSync(join(dataDir, dataLayout.lock), { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
    writeFileSync(pidFile, `${process.pid}\n`);
  } catch (error) {
    database?.close();
    if (error instanceof StackError) throw error;
    if ((error as { errcode?: number }).errcode === sqliteBusy) {
      throw new StackError(
        `${dataDir} is in use by a stack with pid ${readPid(pidFile)}; stop it, or set DATA_DIR and PORT to run a second one`,
      );
    }
    throw new StackError(
      `cannot write to the data directory ${dataDir}: ${messageOf(error)}; set DATA_DIR to use another`,
    );
  }
  const held = database;
  return {
    release() {
      rmSync(pidFile, { force: true });
      held.close();
    },
  };
}

/** Deletes what stacks have stored in a locked data directory, and nothing else that may lie there. */
export function emptyDataDir(dataDir: string): void {
  for (const [key, name] of Object.entries(dataLayout)) {
    if (key !== 'lock' && key !== 'pid') rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}

const sqliteBusy = 5;

/** Half-working as another user would leave files behind that the first user can no longer open. */
function assertOwned(dataDir: string): void {
  const uid = process.getuid?.();
  for (const path of [join(dataDir, dataLayout.secrets), join(dataDir, dataLayout.lock)]) {
    const owner = ownerOf(path);
    if (owner !== undefined && owner !== uid) {
      throw new StackError(
        `${dataDir} was used by another user (uid ${owner}, you are uid ${uid}); start as that user, or set DATA_DIR to use another`,
      );
    }
  }
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function readPid(pidFile: string): string {
  try {
    return readFileSync(pidFile, 'utf8').trim() || 'unknown';
  } catch {
    return 'unknown';
  }
}
