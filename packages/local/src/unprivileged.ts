import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { messageOf, StackError } from './stack-error.js';

/** The user as whom a server runs when we are root. */
export interface User {
  uid: number;
  gid: number;
}

/** World-traversable and kept over reboots, unlike /tmp. */
const reachableParent = '/var/tmp';

/**
 * Postgres refuses to run as root, so root runs it as `postgres` or else `nobody`. An existing cluster keeps its owner: the
 * user `postgres` may appear later, with a package. Undefined for an ordinary user, who runs it as himself.
 */
export function postgresUser(cluster: string): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (existsSync(cluster)) {
    const { uid, gid } = lstatSync(cluster);
    if (uid !== 0) return { uid, gid };
  }
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = accounts.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new StackError('Postgres does not run as root, and there is no user "postgres" or "nobody" to run it as');
}

/** Whether the user may enter the directory, every directory above it included. */
export function canEnter(directory: string, user: User): boolean {
  return (
    spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], { ...user, cwd: '/', stdio: 'ignore' }).status === 0
  );
}

/** A directory of ours, for everyone to enter, that belongs to one data directory which its server cannot enter. */
export function reachableDirectoryFor(dataDir: string): string {
  return join(reachableParent, `nexivohr-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`);
}

/** Creates a directory in the shared parent, and refuses one that somebody else has put there first. */
export function createReachableDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    if (!existsSync(path)) throw new StackError(`cannot create ${path}: ${messageOf(error)}`);
  }
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) throw new StackError(`${path} is not ours: remove it`);
  chmodSync(path, 0o755); // whatever the umask is
}

/** The programs, where the user can run them: in place, or copied once for each version. */
export function reachablePrograms(root: string, version: string, user: User): string {
  if (canEnter(join(root, 'bin'), user)) return root;
  const copies = join(reachableParent, `nexivohr-postgres-${version}-${process.arch}`);
  createReachableDirectory(copies);
  const copy = join(copies, 'programs');
  if (!existsSync(copy)) {
    const draft = mkdtempSync(join(copies, 'draft-'));
    cpSync(root, join(draft, 'programs'), { recursive: true, verbatimSymlinks: true });
    execFileSync('chmod', ['-R', 'a+rX', draft]);
    try {
      renameSync(join(draft, 'programs'), copy);
    } catch (error) {
      if (!existsSync(copy)) throw error; // otherwise another start was faster
    }
    rmSync(draft, { recursive: true, force: true });
  }
  return copy;
}
