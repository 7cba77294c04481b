import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from 'node:fs';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { postgresPackage, type ServerPackage } from './binaries.js';
import { ownClusters, placeCluster } from './cluster-place.js';
import { freePort } from './free-port.js';
import { ManagedProcess } from './managed-process.js';
import { commandLineOf, endProcess, isAlive, processesIn } from './process-table.js';
import { runProgram } from './run-program.js';
import { Secrets } from './secrets.js';
import { codeOf, StackError } from './stack-error.js';
import { postgresUser, reachablePrograms, type User } from './unprivileged.js';

/** How to start an embedded Postgres. Only one process at a time may use a `dataDir`: see `lockDataDir`. */
export interface PostgresOptions {
  dataDir: string;
  port?: number | undefined;
  logFile?: string | undefined;
  /** Server settings, such as `{ fsync: 'off' }` for tests. */
  settings?: Record<string, string> | undefined;
  /** Beside what it needs itself: another clock, for tests. */
  env?: Record<string, string> | undefined;
  /** Other programs than the embedded ones: those of a distribution, say. */
  server?: ServerPackage | undefined;
  autoRestart?: boolean | undefined;
  report?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** A running embedded Postgres. */
export interface Postgres {
  /** The superuser's URL of the database `postgres`. */
  url: string;
  port: number;
  version: string;
  process: ManagedProcess;
  stop(): Promise<void>;
}

/** What this machine, or the container that this is in, has. */
const memoryBytes = Math.min(totalmem(), process.constrainedMemory() || Infinity);
const defaultSettings = {
  max_connections: '300',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The detail of an error is the row that it is about: customers' data, which no log may keep.
  log_error_verbosity: 'terse',
  // Under many writes checkpoints come less often so: after each, Postgres logs whole pages again.
  max_wal_size: '4GB',
  // At most a quarter of the memory, as far as the data needs it: pages that Postgres has itself cost a fraction of others.
  shared_buffers: `${Math.max(128, Math.floor(memoryBytes / 4 / 2 ** 20))}MB`,
};
/** A fast shutdown, then an immediate one, which leaves the rest to crash recovery. */
const stopSignals: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/** Starts the Postgres of a data directory, making its cluster the first time and recovering from whatever ended the last run. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { dataDir, logFile, settings = {}, signal } = options;
  mkdirSync(dataDir, { recursive: true });
  const { root, version } = options.server ?? postgresPackage();
  const password = new Secrets(dataDir).get('postgres');
  const cluster = placeCluster(dataDir);
  const user = postgresUser(cluster);
  const programs = join(user ? reachablePrograms(root, version, user) : root, 'bin');
  await endLeftovers(cluster);
  if (!existsSync(cluster))
    await createCluster({ cluster, programs, version, password, user, sync: settings['fsync'] !== 'off', signal });

  const port = options.port ?? (await freePort());
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const flags = {
    ...defaultSettings,
    ...settings,
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
  };
  const managed = new ManagedProcess({
    name: 'postgres',
    command: join(programs, 'postgres'),
    args: ['-D', cluster, ...Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    env: { ...serverEnv(), ...options.env },
    cwd: cluster,
    user,
    logFile,
    lifeline: 'guard',
    stopSignals,
    autoRestart: options.autoRestart,
    prepare: () => endLeftovers(cluster),
    ready: () => probe(url, dataDir),
    report: options.report,
  });
  await managed.start(signal);
  return { url, port, version, process: managed, stop: () => managed.stop() };
}

/** Ends whatever an earlier run left running in the data directory, so that its files can be deleted. */
export async function endLeftoverPostgres(dataDir: string): Promise<void> {
  for (const cluster of ownClusters(dataDir)) await endLeftovers(cluster);
}

interface NewCluster {
  cluster: string;
  programs: string;
  version: string;
  password: string;
  user: User | undefined;
  sync: boolean;
  signal: AbortSignal | undefined;
}

/** Made in a directory beside its place and renamed when complete: a cluster that exists is a whole one. */
async function createCluster({ cluster, programs, version, password, user, sync, signal }: NewCluster): Promise<void> {
  const parent = dirname(cluster);
  const draftPrefix = '.new-postgres-';
  for (const name of readdirSync(parent)) {
    if (name.startsWith(draftPrefix)) rmSync(join(parent, name), { recursive: true, force: true });
  }
  const draft = mkdtempSync(join(parent, draftPrefix));
  const passwordFile = join(draft, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) for (const path of [draft, passwordFile]) chownSync(path, user.uid, user.gid);
  const args = [
    '-D',
    join(draft, 'cluster'),
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
  ];
  args.push('--encoding=UTF8', '--locale=C', '--no-instructions');
  // The builtin provider sorts the same on every machine and after every upgrade of its C library. Postgres has it from version 17 on.
  if (Number.parseInt(version) >= 17) args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  if (!sync) args.push('--no-sync');
  try {
    await runProgram('initdb', join(programs, 'initdb'), args, { env: serverEnv(), cwd: draft, user, signal });
    chmodSync(join(draft, 'cluster'), 0o700);
    renameSync(join(draft, 'cluster'), cluster);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * Stops a postmaster, or backends without one, that survived the process which had started them, then removes a postmaster.pid
 * that would make Postgres refuse when its pid meanwhile belongs to something else.
 */
async function endLeftovers(cluster: string): Promise<void> {
  if (!existsSync(cluster)) return;
  const lockFile = join(cluster, 'postmaster.pid');
  const postmaster = Number(readIfPresent(lockFile)?.split('\n')[0]);
  if (postmaster > 0 && isAlive(postmaster) && commandLineOf(postmaster).includes(cluster)) {
    await endProcess(postmaster, stopSignals);
  }
  // Backends show no data directory in their command line, but they work in it.
  await Promise.all(processesIn(realpathSync(cluster), 'postgres').map((pid) => endProcess(pid, stopSignals)));
  rmSync(lockFile, { force: true });
}

async function probe(url: string, dataDir: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
  } catch (error) {
    const wrongPassword = '28P01';
    if (codeOf(error) !== wrongPassword) throw error;
    throw new StackError(
      `the passwords in ${dataDir} are not those of its Postgres; begin anew with npm start -- --fresh`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Nothing of the caller's own PG… variables: they would change how the server and initdb behave. */
function serverEnv(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };
}

function readIfPresent(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
