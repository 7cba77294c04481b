import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { postgresPackage, type ServerPackage } from '@nexivo/local/binaries';

/** Where Debian and Ubuntu install their versions of Postgres, side by side. */
const ROOT = '/usr/lib/postgresql';
/** The versions that the product promises to run on, beside the embedded one. */
const PROMISED = ['14', '15', '16', '17'];
/** The package of the oldest of them, an optional dependency of this one: there is one for Linux on x64 only. */
const OLDEST = 'postgres-14';

/**
 * The versions of Postgres beside the embedded one that this machine has: the oldest as a package, others in Debian's place, and in the
 * directories that `TEST_POSTGRES_ROOTS` names, each as `version=/path` with `bin` below it, separated by commas. What there is none of is
 * said on standard error.
 */
export function installedPostgres(): ServerPackage[] {
  const ofDebian = existsSync(ROOT) ? readdirSync(ROOT).map((version) => [version, join(ROOT, version)]) : [];
  const named = (process.env['TEST_POSTGRES_ROOTS'] ?? '').split(',').map((each) => each.split('='));
  const roots = new Map([...oldest(), ...ofDebian, ...named] as [string, string][]);
  const has = (version: string): boolean => existsSync(join(roots.get(version) ?? '', 'bin/initdb'));
  const missing = PROMISED.filter((version) => !has(version));
  if (missing.length > 0) process.stderr.write(`not tried on Postgres ${missing.join(', ')}: not in ${ROOT}\n`);
  return PROMISED.filter(has).map((version) => ({ version, root: roots.get(version)! }));
}

function oldest(): [version: string, root: string][] {
  try {
    return [['14', postgresPackage(OLDEST).root]];
  } catch {
    return [];
  }
}
