import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerPackage } from '@nexivo/local/binaries';

/** Where Debian and Ubuntu install their versions of Postgres, side by side. */
const ROOT = '/usr/lib/postgresql';
/** The versions that the product promises to run on, beside the embedded one. */
const PROMISED = [14, 15, 16, 17];

/** The oldest Postgres of the promised versions that this machine has. Its absence is said on standard error. */
export function oldestInstalledPostgres(): ServerPackage | undefined {
  const found = existsSync(ROOT) ? readdirSync(ROOT).map(Number) : [];
  const version = PROMISED.find((each) => found.includes(each) && existsSync(join(ROOT, `${each}/bin/initdb`)));
  if (version !== undefined) return { version: String(version), root: join(ROOT, String(version)) };
  process.stderr.write(`not tried on an older Postgres: none of ${PROMISED.join(', ')} is in ${ROOT}\n`);
  return undefined;
}
