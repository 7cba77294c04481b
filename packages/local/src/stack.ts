import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { removeOutsideDirectory } from './cluster-place.js';
import { emptyDataDir, lockDataDir } from './data-dir.js';
import { removeEnvFiles, writeEnvFiles } from './env-files.js';
import { assertPortFree, freePort } from './free-port.js';
import type { ServerPackage } from './binaries.js';
import { restartNatsAfterFullDisk } from './full-disk.js';
import { keepLogsSmall } from './log-rotation.js';
import type { ManagedProcess } from './managed-process.js';
import { endLeftoverNats, type Nats, type NatsUser, natsUsers, startNats } from './nats.js';
import { dataLayout, repositoryRoot } from './paths.js';
import { endLeftoverPostgres, type Postgres, startPostgres } from './postgres.js';
import { provisionDatabase } from './provision.js';
import { runProgram } from './run-program.js';
import { Secrets } from './secrets.js';
import {
  type Env,
  hostIn,
  machineEnv,
  programArgs,
  programFile,
  type Programs,
  serviceEnv,
  serviceNames,
  type ServiceName,
  serviceProcess,
} from './services.js';
import { StackError } from './stack-error.js';

/** How to start a stack. */
export interface StackOptions extends Programs {
  dataDir: string;
  /** Of the gateway; a free one when it is 0 or missing. */
  port?: number | undefined;
  /** Deletes what earlier runs stored in the data directory. */
  fresh?: boolean | undefined;
  /** A Postgres database and a NATS server to use instead of the embedded ones. */
  databaseUrl?: string | undefined;
  natsUrl?: string | undefined;
  /** Databases of single services on servers of their own; the others have the common one. */
  databaseUrls?: Partial<Record<ServiceName, string>>;
  /** What else there is to tell of that NATS server: `NATS_*`. */
  natsEnv?: Env;
  /** Settings for every service, on top of the contract and of the operator's own. */
  env?: Env;
  postgresSettings?: Record<string, string>;
  /** Programs to run as the embedded Postgres instead of those that come with this package. */
  postgresServer?: ServerPackage | undefined;
  /** Whether a part that ends unexpectedly is started again; true unless a test wants to look at the ruins. */
  autoRestart?: boolean;
  /** Where a debugger can attach to a service, as `host:port`. */
  inspectAt?: Partial<Record<ServiceName, string>>;
  signal?: AbortSignal;
  /** Told about each step that is complete, and how long it took. */
  onStep?: (step: string, ms: number) => void;
  /** Told what a step waits for, or how far it is. */
  onProgress?: (line: string) => void;
  /** Told about a part that ended unexpectedly. */
  onTrouble?: (line: string) => void;
}

/** A running stack, part by part. */
export interface Stack {
  baseUrl: string;
  docsUrl: string;
  dataDir: string;
  /** Undefined when it is not embedded. */
  postgres: Postgres | undefined;
  nats: Nats | undefined;
  services: Record<ServiceName, ManagedProcess>;
  envOf(service: ServiceName | 'admin'): Env;
  /** Migrates a service again, for instance when its migrations have changed. */
  migrate(service: ServiceName, signal: AbortSignal): Promise<void>;
  /** The gateway first, then the services, NATS and Postgres, so that nobody loses what he still needs. */
  stop(): Promise<void>;
}

/** Starts everything, or nothing: what was started is stopped again when a later step fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const started = new AsyncDisposableStack();
  try {
    return await startParts(options, started);
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

async function startParts(options: StackOptions, started: AsyncDisposableStack): Promise<Stack> {
  const dataDir = resolve(options.dataDir);
  const { natsUrl, natsEnv = {} } = options;
  if (!natsUrl && Object.keys(natsEnv).length > 0) {
    throw new StackError(`${Object.keys(natsEnv).join(', ')}: set NATS_URL, too; the embedded NATS is reached without`);
  }
  if (options.port) await assertPortFree(options.port);
  const port = options.port || (await freePort());
  const lock = lockDataDir(dataDir);
  started.defer(() => lock.release());
  if (options.fresh) await eraseDataDir(dataDir);
  mkdirSync(join(dataDir, dataLayout.logs), { recursive: true });
  started.defer(keepLogsSmall(join(dataDir, dataLayout.logs)));

  const secrets = new Secrets(dataDir);
  const servers = await startServers({ ...options, dataDir, secrets, started });
  const envs = await step(options, 'databases', () => planServices({ ...options, dataDir, port, secrets, ...servers }));
  const admin: Env = { ...options.natsEnv, NATS_URL: servers.natsUrlFor('admin') };
  started.defer(() => removeEnvFiles(dataDir));
  writeEnvFiles(dataDir, { ...envs, admin });

  const migrate = (service: ServiceName, signal: AbortSignal): Promise<void> =>
    runMigration(service, { ...options, signal, env: { ...envs[service], NATS_URL: servers.natsUrlFor('migrate') } });
  await step(options, 'migrations', () => migrateAll(options, migrate));
  const services = await step(options, 'services', () => startServices({ ...options, dataDir, envs, started }));
  options.signal?.throwIfAborted();
  if (servers.nats && options.autoRestart !== false) {
    const publishers = serviceNames.filter((service) => service !== 'gateway');
    const readiness = publishers.map((service) => `http://127.0.0.1:${envs[service]['HEALTH_PORT']}/health/ready`);
    started.defer(restartNatsAfterFullDisk({ nats: servers.nats, readiness, report: options.onTrouble }));
  }

  const origin = `http://${hostIn(envs.gateway)}:${port}`;
  let stopping: Promise<void> | undefined;
  return {
    baseUrl: `${origin}/ats/api/v1`,
    docsUrl: `${origin}/docs`,
    dataDir,
    ...servers,
    services,
    envOf: (service) => (service === 'admin' ? admin : envs[service]),
    migrate,
    stop: () => (stopping ??= started.disposeAsync()),
  };
}

interface Servers {
  postgres: Postgres | undefined;
  nats: Nats | undefined;
  natsUrlFor: (user: NatsUser) => string;
}

interface Running {
  dataDir: string;
  started: AsyncDisposableStack;
}

/** Starts the embedded servers that are wanted, Postgres first, so that NATS is stopped before it. */
async function startServers(options: StackOptions & Running & { secrets: Secrets }): Promise<Servers> {
  const { dataDir, secrets, started, signal, autoRestart, natsUrl, onTrouble: report } = options;
  const common = { dataDir, signal, autoRestart, report };
  const passwords = Object.fromEntries(natsUsers.map((user) => [user, secrets.get(`nats.${user}`)]));
  const postgres = options.databaseUrl
    ? undefined
    : await step(
        options,
        (server) => `postgres ${server.version.replace(/\.0$/, '')} on 127.0.0.1:${server.port}`,
        () =>
          startPostgres({
            ...common,
            logFile: logFileOf(dataDir, 'postgres'),
            settings: options.postgresSettings,
            server: options.postgresServer,
          }),
      );
  if (postgres) started.defer(() => postgres.stop());
  const nats = natsUrl
    ? undefined
    : await step(
        options,
        (server) => `nats ${server.version} on 127.0.0.1:${server.port}`,
        () =>
          startNats({
            ...common,
            logFile: logFileOf(dataDir, 'nats'),
            passwords: passwords as Record<NatsUser, string>,
          }),
      );
  if (nats) started.defer(() => nats.stop());
  return { postgres, nats, natsUrlFor: (user) => nats?.urlFor(user) ?? natsUrl ?? '' };
}

/** Provisions the database and returns the environment of every service. */
async function planServices(
  options: StackOptions & Servers & { dataDir: string; port: number; secrets: Secrets },
): Promise<Record<ServiceName, Env>> {
  const { secrets, postgres, natsUrlFor, databaseUrl, databaseUrls = {}, natsEnv = {}, env = {} } = options;
  const passwords = Object.fromEntries(serviceNames.map((service) => [service, secrets.get(`database.${service}`)]));
  const urls = await provisionDatabase({
    adminUrl: postgres?.url ?? databaseUrl ?? '',
    database: postgres && 'nexivo',
    services: serviceNames.filter((service) => !databaseUrls[service]),
    passwords,
  });
  for (const [service, adminUrl] of Object.entries(databaseUrls)) {
    Object.assign(urls, await provisionDatabase({ adminUrl, services: [service], passwords }));
  }
  const envs: Partial<Record<ServiceName, Env>> = {};
  for (const service of serviceNames) {
    const healthPort = await freePort();
    const natsUrl = natsUrlFor(service);
    envs[service] = serviceEnv(service, {
      databaseUrl: urls[service] ?? '',
      natsUrl,
      healthPort,
      port: options.port,
      secrets,
      extra: { ...natsEnv, ...env },
    });
  }
  return envs as Record<ServiceName, Env>;
}

/** All at once, once all programs are known to be there. */
async function migrateAll(options: StackOptions, migrate: Stack['migrate']): Promise<void> {
  for (const service of serviceNames) {
    for (const name of ['migrate', 'main']) {
      const path = programFile(options, service, name);
      if (!existsSync(path)) throw new StackError(`${path} is missing; run npm run build`);
    }
  }
  await allOrNone(
    options.signal,
    serviceNames.map((service) => (either) => migrate(service, either)),
  );
}

/** With the rights of the service in the database, and on the bus with those of the migrate step, which no service has. */
async function runMigration(
  service: ServiceName,
  {
    env,
    signal,
    onProgress,
    ...programs
  }: Programs & Pick<StackOptions, 'onProgress'> & { env: Env; signal: AbortSignal },
): Promise<void> {
  const options = { env: { ...machineEnv(), ...env }, cwd: repositoryRoot, signal, onErrorLine: onProgress };
  await runProgram(`migration of ${service}`, process.execPath, programArgs(programs, service, 'migrate'), options);
}

/** All at once, because each of them waits for what it needs; stopped with the gateway first. */
async function startServices(
  options: StackOptions & Running & { envs: Record<ServiceName, Env> },
): Promise<Record<ServiceName, ManagedProcess>> {
  const { dataDir, envs, started, signal, appsDir, fromSources, autoRestart = true, onTrouble: report } = options;
  const processes = serviceNames.map((service) => {
    const env = envs[service];
    const port = Number(env['PORT'] ?? env['HEALTH_PORT']);
    const logFile = logFileOf(dataDir, service);
    const inspectAt = options.inspectAt?.[service];
    return serviceProcess(service, { appsDir, fromSources, env, port, autoRestart, inspectAt, report, logFile });
  });
  const [gateway, ...others] = processes.toReversed();
  started.defer(async () => {
    await Promise.all(others.map((service) => service.stop()));
  });
  started.defer(() => gateway?.stop());
  await allOrNone(
    signal,
    processes.map((service) => (either) => service.start(either)),
  );
  return Object.fromEntries(processes.map((service) => [service.name, service])) as Record<ServiceName, ManagedProcess>;
}

/** Runs all at once. The first error ends the others, and is thrown when they have ended, so that nothing goes on behind it. */
async function allOrNone(
  signal: AbortSignal | undefined,
  tasks: readonly ((signal: AbortSignal) => Promise<unknown>)[],
): Promise<void> {
  const failure = new AbortController();
  const either = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  await Promise.all(tasks.map((task) => task(either).catch((error: unknown) => failure.abort(error))));
  either.throwIfAborted();
}

async function eraseDataDir(dataDir: string): Promise<void> {
  await endLeftoverNats(dataDir);
  await endLeftoverPostgres(dataDir);
  removeOutsideDirectory(dataDir);
  emptyDataDir(dataDir);
}

function logFileOf(dataDir: string, name: string): string {
  return join(dataDir, dataLayout.logs, `${name}.log`);
}

async function step<T>(
  options: StackOptions,
  title: string | ((result: T) => string),
  work: () => Promise<T>,
): Promise<T> {
  options.signal?.throwIfAborted();
  const startedAt = performance.now();
  const result = await work();
  options.onStep?.(typeof title === 'string' ? title : title(result), performance.now() - startedAt);
  return result;
}
