import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ManagedProcess } from './managed-process.js';
import { repositoryRoot } from './paths.js';
import type { Secrets } from './secrets.js';

/** The services of the stack. Each owns a schema, a database role and a user of the bus by its name. */
export const serviceNames = ['candidates', 'jobs', 'submissions', 'webhooks', 'gateway'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** The apps of the repository. */
export const defaultAppsDir = join(repositoryRoot, 'apps');

/** Where the apps' programs are. */
export interface Programs {
  /** Holds a directory for each app; that of the repository unless told. */
  appsDir?: string | undefined;
  /** Runs the programs as they are written instead of as they were last built. */
  fromSources?: boolean | undefined;
}

/** Node's options to run TypeScript as it is written. */
export const sourceLoader = ['--import', pathToFileURL(join(repositoryRoot, 'source-loader.mjs')).href];

/** The file of an app in which one of its programs begins. */
export function programFile({ appsDir = defaultAppsDir, fromSources }: Programs, app: string, name: string): string {
  return join(appsDir, app, fromSources ? `src/${name}.ts` : `dist/${name}.js`);
}

/** What Node is told to run a program of an app. */
export function programArgs(programs: Programs, app: string, name: string): string[] {
  return [...(programs.fromSources ? sourceLoader : []), programFile(programs, app, name)];
}

/** The environment variables of one process. */
export type Env = Record<string, string>;

/** What an operator may set for the stack and every service gets. */
const passedThrough = [
  'EVENTS_REPLICAS',
  'ALLOW_INSECURE_WEBHOOK_TARGETS',
  'WEBHOOK_TARGET_ALLOWLIST',
  'WEBHOOK_CONCURRENCY_PER_ENDPOINT',
  'WEBHOOK_CONCURRENCY',
  'PUBLIC_URL',
  'CONTACT_SALES_URL',
  'CORS_ORIGINS',
  'TRUST_PROXY',
  'SHUTDOWN_DELAY_S',
  'DATABASE_CONNECT_TIMEOUT_S',
  'MAX_CONNECTIONS',
  'BACKLOG',
  'HEADERS_TIMEOUT_S',
  'REQUEST_TIMEOUT_S',
  'KEEP_ALIVE_TIMEOUT_S',
  'WRITE_TIMEOUT_S',
  'MAX_HEADER_BYTES',
  'MAX_BODY_BYTES',
  'MAX_UNFINISHED_BYTES_PER_ACCOUNT',
  'MAX_UNFINISHED_BYTES',
  'MAX_PAGE_BYTES_PER_ACCOUNT',
  'MAX_UNREAD_BYTES',
  'HOST',
  'WEBHOOK_PROXY_URL',
  'LOG_LEVEL',
  'LOG_DELIVERIES',
  'COMMIT',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_TRACES_SAMPLER_ARG',
];
/** What an operator may set of a NATS of his own, beside its URL. The embedded one is as this package makes it. */
const ofTheirNats = [
  'NATS_TOKEN',
  'NATS_CREDS',
  'NATS_NKEY',
  'NATS_CERT',
  'NATS_KEY',
  'NATS_CA',
  'NATS_INBOX_PREFIX',
  'NATS_PREFIX',
  'NATS_JS_DOMAIN',
];
/**
 * Keeps a service below 300 MB under load at little cost in speed: left to itself, V8 lets garbage pile up before it looks, on a machine
 * with much memory. The Dockerfile and each service's `npm start` have the same.
 */
const HEAP = ['--max-semi-space-size=16', '--max-old-space-size=1024'];
/**
 * What the gateway takes for the hash of a password, 19 MiB, goes back to the machine at once: left to itself, glibc keeps it, for each thread
 * that ever hashed one. The Dockerfile and the gateway's `npm start` have the same.
 */
const ALLOCATOR: Env = { MALLOC_MMAP_THRESHOLD_: '4194304' };
/** What a Node process needs of the machine. Not all of process.env: it may hold secrets that are none of a service's business. */
const ofTheMachine = ['PATH', 'HOME', 'TMPDIR', 'NODE_EXTRA_CA_CERTS'];

/** The part of the environment that a program of ours gets from this process. */
export function machineEnv(): Env {
  return pick(ofTheMachine);
}

/** The settings in this process's environment that are meant for the services. */
function operatorEnv(): Env {
  return pick(passedThrough);
}

/** The settings in this process's environment that are about a NATS that is not embedded. */
export function operatorNatsEnv(): Env {
  return pick(ofTheirNats);
}

/** What one service is told. */
export interface ServiceSettings {
  databaseUrl: string;
  natsUrl: string;
  /** Where health and metrics are served. */
  healthPort: number;
  /** Where the API is served: of the gateway. */
  port: number;
  secrets: Secrets;
  /** Settings for every service; they win. */
  extra: Env;
}

/** The environment contract of a service, without what every process needs of the machine. */
export function serviceEnv(
  service: ServiceName,
  { databaseUrl, natsUrl, healthPort, port, secrets, extra }: ServiceSettings,
): Env {
  return {
    DATABASE_URL: databaseUrl,
    NATS_URL: natsUrl,
    LOG_LEVEL: 'info',
    // Nobody but this machine, unless the operator sets HOST, which is the gateway's alone.
    HEALTH_PORT: String(healthPort),
    HEALTH_HOST: LOOPBACK,
    ...(service === 'gateway' && { PORT: String(port), HOST: LOOPBACK }),
    ...(service === 'gateway' && { TOKEN_PEPPERS: `1:${secrets.get('token-pepper', randomKey)}` }),
    ...(service === 'webhooks' && { WEBHOOK_SECRET_KEYS: `1:${secrets.get('webhook-secret-key', randomKey)}` }),
    ...operatorEnv(),
    ...extra,
  };
}

const LOOPBACK = '127.0.0.1';

/** What to call a service by that listens on an address: `localhost` where that leads there. */
export function hostIn(env: Env): string {
  const address = env['HOST'] ?? LOOPBACK;
  if (['0.0.0.0', '::', LOOPBACK, '::1'].includes(address)) return 'localhost';
  return address.includes(':') ? `[${address}]` : address;
}

const randomKey = (): string => randomBytes(32).toString('base64');

/** How to run one service. */
export interface ServiceProcessOptions extends Programs {
  env: Env;
  port: number;
  logFile: string;
  autoRestart: boolean;
  /** Where a debugger can attach, as `host:port`. */
  inspectAt?: string | undefined;
  report?: ((line: string) => void) | undefined;
}

/** The process of a service. It counts as ready when it says so itself. */
export function serviceProcess(service: ServiceName, options: ServiceProcessOptions): ManagedProcess {
  const { appsDir, fromSources, env, port, inspectAt, ...rest } = options;
  const inspect = inspectAt === undefined ? [] : [`--inspect=${inspectAt}`];
  return new ManagedProcess({
    ...rest,
    name: service,
    command: process.execPath,
    args: [...HEAP, ...inspect, ...programArgs({ appsDir, fromSources }, service, 'main')],
    env: { ...machineEnv(), ...ALLOCATOR, ...env },
    cwd: repositoryRoot,
    lifeline: 'ipc',
    stopTimeoutMs: 15_000,
    ready: async () => {
      const response = await fetch(`http://${hostIn(env)}:${port}/health/ready`, {
        signal: AbortSignal.timeout(5_000),
      });
      await response.body?.cancel();
      if (response.status !== 200) throw new Error(`/health/ready answers ${response.status}`);
    },
  });
}

function pick(names: readonly string[]): Env {
  const present = names.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(present.filter((entry): entry is [string, string] => Boolean(entry[1])));
}
