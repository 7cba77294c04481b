import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { freePort } from '@nexivo/local/free-port';
import type { ManagedProcess } from '@nexivo/local/managed-process';
import { type Nats, natsUsers, startNats, type NatsUser } from '@nexivo/local/nats';
import { repositoryRoot } from '@nexivo/local/paths';
import { provisionDatabase } from '@nexivo/local/provision';
import { runProgram } from '@nexivo/local/run-program';
import { machineEnv, programArgs, type ServiceName, serviceNames, serviceProcess } from '@nexivo/local/services';
import { BusClient } from '@nexivo/bus/client';
import { BusConnection } from '@nexivo/bus/connection';
import { Reply } from '@nexivo/bus/reply';
import type { Command, InputOf, OutputOf } from '@nexivo/contracts/command';
import type { RequestContext } from '@nexivo/bus/context';
import type { DatabaseOptions } from '@nexivo/store/database';
import { migrate } from '@nexivo/store/migrations';
import { type EnvOf, readEnv } from '@nexivo/runtime/env';
import { createLogger } from '@nexivo/runtime/logging';
import { type ServiceOptions, startService } from '@nexivo/runtime/start';
import pg from 'pg';
import type { z } from 'zod';
import { POSTGRES_URL } from './global-setup.js';

/** A service as its app exports it. */
interface ServiceUnderTest<Shape extends z.ZodRawShape> {
  name: ServiceName;
  env: Shape;
  database: Omit<DatabaseOptions, 'url' | 'poolSize'>;
  options: (env: EnvOf<Shape>) => ServiceOptions;
  /** Makes what the service needs on the bus, as its migrate step does, with the URL of that step's user. */
  provision?: (natsUrl: string) => Promise<unknown>;
}

/** A database and a bus that no other test file shares, and the services started on them. */
export interface World {
  nats: Nats;
  /** Speaks to the services as the gateway does. */
  bus: BusClient;
  /** Migrates and starts a service in this process, with the environment it would have. */
  start<Shape extends z.ZodRawShape>(
    service: ServiceUnderTest<Shape>,
    extraEnv?: Record<string, string>,
  ): Promise<NestFastifyApplication>;
  /**
   * Migrates and starts a service as a process of its own, as it is written: for what the service under test asks of
   * others. Only the test itself starts it again once it has ended.
   */
  spawn(service: Exclude<ServiceName, 'gateway'>): Promise<ManagedProcess>;
  /** Runs a query as the service's own role. */
  sql: <Row extends pg.QueryResultRow>(service: ServiceName, text: string, values?: unknown[]) => Promise<Row[]>;
  urlOf(service: ServiceName): string;
  stop(): Promise<void>;
}

/**
 * Makes a {@link World}; the caller must `stop` it.
 *
 * @param options.postgresUrl of a superuser; the Postgres of the test run if it is left out. For tests that stop theirs
 */
export async function startWorld({ postgresUrl = process.env[POSTGRES_URL] } = {}): Promise<World> {
  const started = new AsyncDisposableStack();
  try {
    if (!postgresUrl) throw new Error('jest must run with the globalSetup of @nexivo/testing');
    return await startParts(started, postgresUrl);
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

async function startParts(started: AsyncDisposableStack, adminUrl: string): Promise<World> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-world-'));
  started.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  const passwords = Object.fromEntries(natsUsers.map((user) => [user, `test-${user}`])) as Record<NatsUser, string>;
  const [nats, urls] = await Promise.all([
    startNats({ dataDir, passwords }),
    provisionDatabase({
      adminUrl,
      database: `test_${randomUUID().replaceAll('-', '')}`,
      services: serviceNames,
      passwords: Object.fromEntries(serviceNames.map((name) => [name, 'test'])),
    }),
  ]);
  started.defer(() => nats.stop());
  const connection = await BusConnection.to(
    { NATS_URL: [nats.urlFor('gateway')] },
    'test',
    createLogger('test', 'fatal'),
  );
  started.defer(() => connection.onApplicationShutdown());
  const pools = new Map<string, pg.Pool>();
  started.defer(async () => {
    await Promise.all([...pools.values()].map((pool) => pool.end()));
  });
  const urlOf = (service: ServiceName): string => urls[service]!;
  const webhookSecretKey = randomBytes(32).toString('base64');
  const envOf = (service: ServiceName): Record<string, string> => ({
    DATABASE_URL: urlOf(service),
    NATS_URL: nats.urlFor(service),
    LOG_LEVEL: 'fatal',
    DATABASE_POOL_SIZE: '5',
    ...(service === 'webhooks' && { WEBHOOK_SECRET_KEYS: `1:${webhookSecretKey}` }),
  });

  return {
    nats,
    bus: new BusClient(connection),
    urlOf,
    start: async ({ name, env: shape, database, options, provision }, extraEnv = {}) => {
      const env = readEnv(shape, { ...envOf(name), PORT: '0', HEALTH_PORT: '0', ...extraEnv });
      await migrate({ ...database, url: urlOf(name), poolSize: 1 });
      await provision?.(nats.urlFor('migrate'));
      const app = await startService(options(env));
      started.defer(() => app.close());
      return app;
    },
    spawn: async (name) => {
      const port = await freePort();
      const env = { ...envOf(name), LOG_LEVEL: 'error', HEALTH_PORT: String(port) };
      const fromSources = true;
      await runProgram(`migration of ${name}`, process.execPath, programArgs({ fromSources }, name, 'migrate'), {
        env: { ...machineEnv(), ...env, NATS_URL: nats.urlFor('migrate') },
        cwd: repositoryRoot,
      });
      const logFile = join(dataDir, `${name}.log`);
      const child = serviceProcess(name, { fromSources, env, port, logFile, autoRestart: false });
      started.defer(() => child.stop());
      await child.start();
      return child;
    },
    sql: async <Row extends pg.QueryResultRow>(service: ServiceName, text: string, values: unknown[] = []) => {
      const pool = pools.get(service) ?? new pg.Pool({ connectionString: urlOf(service), max: 2 });
      // An idle connection that is lost: the next query tells, if there is one.
      if (!pools.has(service)) pool.on('error', () => undefined);
      pools.set(service, pool);
      return (await pool.query<Row>(text, values)).rows;
    },
    stop: () => started.disposeAsync(),
  };
}

/** On behalf of a token of an account, a new one unless told. */
export const callFor = (accountId: string = randomUUID()): RequestContext => ({
  accountId,
  principal: { type: 'token', id: randomUUID() },
  requestId: randomUUID(),
});

/** A command's answer with what was said beside its body, as `BusClient.forward` hands it on, and read. */
export async function exchange<C extends Command>(
  bus: BusClient,
  command: C,
  input: InputOf<C>,
  context: RequestContext,
): Promise<Reply<OutputOf<C>>> {
  const { body, version, isReplay, isCreated } = await bus.forward(command, input, context);
  return new Reply(body.parse(), { version, isReplay, isCreated });
}
