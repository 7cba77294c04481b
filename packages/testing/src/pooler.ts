import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@nexivo/local/free-port';
import { eventually } from './poll.js';
import { askDatabase } from './sql.js';

/** Where Debian and others install pgbouncer. */
const PROGRAM = '/usr/sbin/pgbouncer';

/** Whether this machine has a pooler. Its absence is said on standard error. */
export function hasPooler(): boolean {
  const isThere = existsSync(PROGRAM);
  if (!isThere) process.stderr.write(`not tried through a pooler: ${PROGRAM} is not there\n`);
  return isThere;
}

/** A pooler in front of a Postgres. */
export interface Pooler {
  readonly port: number;
  /** The same URL, through it. */
  urlOf(url: string): string;
  stop(): Promise<void>;
}

/**
 * Starts pgbouncer in front of a Postgres on this machine.
 *
 * @param urls of the users that it lets in; the first names the server, and a database to see by whether it is ready
 */
export async function startPooler(
  mode: 'session' | 'transaction',
  urls: readonly [string, ...string[]],
): Promise<Pooler> {
  const directory = mkdtempSync(join(tmpdir(), 'nexivo-pooler-'));
  const { hostname, port: serverPort } = new URL(urls[0]);
  const port = await freePort();
  const [users, config] = [join(directory, 'users.txt'), join(directory, 'pgbouncer.ini')];
  const lines = urls.map((url) => new URL(url)).map(({ username, password }) => `"${username}" "${password}"\n`);
  writeFileSync(users, lines.join(''));
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    auth_type: 'plain',
    auth_file: users,
    pool_mode: mode,
    default_pool_size: 200,
    unix_socket_dir: '',
  };
  const settingLines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(config, `[databases]\n* = host=${hostname} port=${serverPort}\n[pgbouncer]\n${settingLines.join('')}`);
  for (const path of [directory, users, config]) chmodSync(path, 0o755);
  // It refuses to run as root.
  const args = [...(process.getuid?.() === 0 ? ['-u', 'postgres'] : []), config];
  const pooler = spawn(PROGRAM, args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => pooler.once('exit', resolve));
  const urlOf = (url: string): string => {
    const through = new URL(url);
    through.port = String(port);
    return through.href;
  };
  const stop = async (): Promise<void> => {
    // The first lets clients finish, the second does not.
    pooler.kill('SIGINT');
    pooler.kill('SIGTERM');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await eventually(() => askDatabase(urlOf(urls[0]), 'select 1'));
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, urlOf, stop };
}
