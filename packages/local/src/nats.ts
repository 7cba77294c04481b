import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { natsPackage } from './binaries.js';
import { freePort } from './free-port.js';
import { ManagedProcess } from './managed-process.js';
import { dataLayout, natsConfigFile } from './paths.js';
import { commandLineOf, endProcess, isAlive } from './process-table.js';
import { serviceNames } from './services.js';

/** The users of the bus, as nats.conf has them. */
export const natsUsers = [...serviceNames, 'migrate', 'admin'] as const;
export type NatsUser = (typeof natsUsers)[number];

/** How to start an embedded nats-server. Only one process at a time may use a `dataDir`: see `lockDataDir`. */
export interface NatsOptions {
  dataDir: string;
  passwords: Record<NatsUser, string>;
  port?: number | undefined;
  /** Serves nats-server's monitoring pages on this port. */
  monitorPort?: number | undefined;
  logFile?: string | undefined;
  autoRestart?: boolean | undefined;
  report?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** A running embedded nats-server. */
export interface Nats {
  port: number;
  monitorPort: number | undefined;
  version: string;
  /** Holds the streams. */
  storeDir: string;
  urlFor: (user: NatsUser) => string;
  process: ManagedProcess;
  stop(): Promise<void>;
}

/** Starts the nats-server of a data directory, JetStream included. */
export async function startNats(options: NatsOptions): Promise<Nats> {
  const { dataDir, passwords, monitorPort, logFile, autoRestart, report, signal } = options;
  const { root, version } = natsPackage();
  const storeDir = join(dataDir, dataLayout.nats);
  mkdirSync(storeDir, { recursive: true, mode: 0o700 });
  const port = options.port ?? (await freePort());
  const args = ['--config', natsConfigFile, '--addr', '127.0.0.1', '--port', String(port)];
  args.push('--store_dir', storeDir, '--pid', pidFileOf(dataDir));
  if (monitorPort !== undefined) args.push('--http_port', String(monitorPort));
  const managed = new ManagedProcess({
    name: 'nats',
    command: join(root, 'bin/nats-server'),
    args,
    env: Object.fromEntries(natsUsers.map((user) => [`NATS_${user.toUpperCase()}_PASSWORD`, passwords[user]])),
    cwd: storeDir,
    logFile,
    lifeline: 'guard',
    autoRestart,
    prepare: () => endLeftoverNats(dataDir),
    ready: () => readGreeting(port),
    report,
  });
  await managed.start(signal);
  const urlFor = (user: NatsUser): string => `nats://${user}:${passwords[user]}@127.0.0.1:${port}`;
  return { port, monitorPort, version, storeDir, urlFor, process: managed, stop: () => managed.stop() };
}

/** Ends a nats-server that survived the process which had started it. */
export async function endLeftoverNats(dataDir: string): Promise<void> {
  const pidFile = pidFileOf(dataDir);
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  if (pid > 0 && isAlive(pid) && commandLineOf(pid).includes(pidFile)) await endProcess(pid, ['SIGTERM']);
  rmSync(pidFile, { force: true });
}

function pidFileOf(dataDir: string): string {
  return join(dataDir, dataLayout.nats, 'nats.pid');
}

/** A server that is ready greets with INFO before the client says anything. */
function readGreeting(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 2_000 });
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.once('error', fail);
    socket.once('timeout', () => fail(new Error('it does not greet')));
    socket.once('close', () => fail(new Error('it closed the connection')));
    socket.once('data', (data) => {
      if (!data.toString('latin1').startsWith('INFO ')) return fail(new Error('it is not a nats-server'));
      socket.end();
      resolve();
    });
  });
}
