import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from './command.js';

/** Whom the command line speaks to. */
export interface Settings {
  baseUrl: string;
  token: string;
}

const env = process.env;

/** Where the command line keeps what it is told, and what it remembers. */
const CONFIG_FILE = env['NEXIVO_CONFIG'] || join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'nexivo.json');
export const STATE_DIR = join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'nexivo');

/** @throws UsageError that says what to set */
export function readSettings(): Settings {
  const given = { baseUrl: env['NEXIVO_API'], token: env['NEXIVO_TOKEN'] };
  const kept = given.baseUrl && given.token ? {} : fromFile();
  const baseUrl = given.baseUrl || kept.baseUrl;
  const token = given.token || kept.token;
  if (!baseUrl || !token) {
    throw new UsageError(`set NEXIVO_API and NEXIVO_TOKEN, or write {"baseUrl": …, "token": …} to ${CONFIG_FILE}`);
  }
  return { baseUrl, token };
}

function fromFile(): Partial<Settings> {
  try {
    // A token that others can read is theirs, too.
    if (process.platform !== 'win32' && (statSync(CONFIG_FILE).mode & 0o077) !== 0) {
      throw new UsageError(`${CONFIG_FILE} may be read by others: chmod 600 it`);
    }
    return JSON.parse(readFileSync(CONFIG_FILE, 'utf8')) as Partial<Settings>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    if (error instanceof SyntaxError) throw new UsageError(`${CONFIG_FILE} is not JSON`);
    throw error;
  }
}
