import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ArgumentsHost, Catch, type DynamicModule, type RpcExceptionFilter } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { NestMicroservice } from '@nestjs/microservices';
import type { Logger } from 'pino';
import { type Observable, throwError } from 'rxjs';
import type { z } from 'zod';
import { BusConnection } from '@nexivo/bus/connection';
import { BusServer } from '@nexivo/bus/server';
import { BACKING_STORE, type BackingStore } from './backing-store.js';
import { handledCommands } from './command-metrics.js';
import { endOnUncaught } from './crash.js';
import { endOnUnfitServer, readEnvOrExit } from './exit.js';
import { HEALTH_CONNECTIONS, serveHealth } from './health-server.js';
import { createLogger, NestLogger } from './logging.js';
import { Metrics } from './metrics.js';
import { Shutdown } from './shutdown.js';
import { withTimeLimit } from './time-limit.js';
import { startTracing, type TraceSettings } from './tracing.js';

const ALL_OF_IPV4 = '0.0.0.0';

/** What {@link startService} needs to know. */
export interface ServiceOptions {
  /** Also the name of its queue group on the bus. */
  readonly name: string;
  readonly module: DynamicModule;
  readonly logLevel: string;
  /** Where traces go to; nowhere where it is left out. */
  readonly tracing?: TraceSettings;
  /** How many commands it takes at once; the rest is refused. */
  readonly commandsAtOnce: number;
  /** Where HTTP listens; 0 takes a free port. A service without public routes serves only its health there. */
  readonly port: number;
  /** Where health and metrics have a server of their own, beside the one at `port`. */
  readonly healthPort?: number;
  /** Where that one listens: an address of this machine; all of IPv4 unless told. */
  readonly healthHost?: string;
  /** Where HTTP listens: an address of this machine; all of IPv4 unless told. */
  readonly host?: string;
  /** How many connections may wait to be accepted; Node's default (511) unless told. */
  readonly backlog?: number;
  /** How long it serves on after SIGTERM, not ready any more, so that whoever chooses among replicas chooses another. */
  readonly shutdownDelayMs?: number;
  /** The HTTP side, where it is more than health. */
  readonly adapter?: FastifyAdapter;
  /** Last touches before it listens. */
  readonly configure?: (app: NestFastifyApplication) => Promise<void>;
}

/** Errors go to {@link BusServer} as they are: it alone decides what leaves the process. */
@Catch()
class RethrowFilter implements RpcExceptionFilter {
  catch(error: unknown, _host: ArgumentsHost): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * Starts a service: commands on the bus, health (and for the gateway the API) on HTTP.
 *
 * @param onCreated is told of the application before it takes anything, so that it can be closed while it starts
 */
export async function startService(
  options: ServiceOptions,
  onCreated: (app: NestFastifyApplication) => void = () => undefined,
): Promise<NestFastifyApplication> {
  const { name, module, port } = options;
  const logger = createLogger(name, options.logLevel);
  const app = await NestFactory.create<NestFastifyApplication>(module, options.adapter ?? new FastifyAdapter(), {
    logger: new NestLogger(logger),
    abortOnError: false,
    bodyParser: false,
  });
  onCreated(app);
  const store = app.get<BackingStore>(BACKING_STORE);
  const metrics = app.get(Metrics);
  const connection = app.get(BusConnection);
  const server = new BusServer(connection, name, logger, store, options.commandsAtOnce, handledCommands(metrics));
  metrics.gauge('nexivo_commands_in_flight', 'Commands that this process is at work on', [], () =>
    Promise.resolve([{ value: server.underWay }]),
  );
  const commands = app.connectMicroservice({ strategy: server }, { deferInitialization: true }) as NestMicroservice;
  commands.useGlobalFilters(new RethrowFilter());
  // The application calls the life-cycle hooks; this side of it, which is initialised by itself, would call them once more.
  commands.setIsInitHookCalled(true);
  await options.configure?.(app);
  const healthPort =
    options.healthPort === undefined
      ? undefined
      : await serveHealth(app, options.healthPort, options.healthHost ?? ALL_OF_IPV4);
  await untilMigrated(store, app.get(Shutdown), logger);
  await app.init();
  await app.startAllMicroservices();
  const { backlog, host = ALL_OF_IPV4 } = options;
  if (!options.adapter) app.getHttpServer().maxConnections = HEALTH_CONNECTIONS;
  // Nest hands options on to the adapter as they are, and has no type for it.
  await app.listen({ port, ...(backlog !== undefined && { backlog }) } as unknown as number, host);
  const address = app.getHttpServer().address();
  logger.info(
    { port: typeof address === 'object' ? address?.port : port, ...(healthPort && { health_port: healthPort }) },
    'ready',
  );
  return app;
}

const LOOK_EVERY_MS = 500;

/**
 * Waits for the migrate step of this release: until then a service takes and consumes nothing, so it may be started beside replicas of the
 * release before, in any order.
 *
 * @throws when the process is told to stop meanwhile
 */
async function untilMigrated(store: BackingStore, shutdown: Shutdown, logger: Logger): Promise<void> {
  // One that is away says so to health, and to whoever asks.
  const state = (): Promise<string> => store.state().catch(() => 'away');
  for (let isReported = false; (await state()) === 'not migrated'; isReported = true) {
    if (shutdown.hasBegun) throw new Error('told to stop before the database was migrated');
    if (!isReported) logger.warn('database: not migrated; waiting for the migrate step');
    await delay(LOOK_EVERY_MS);
  }
}

/** How long a shutdown may take before the process ends regardless. */
const SHUTDOWN_DEADLINE_MS = 20_000;
/** How long a shutdown waits for a start that is under way: what it has begun to take is finished by what it has yet to start. */
const START_GRACE_MS = 5_000;

/**
 * The body of every `main.ts`: reads the environment, starts, and on SIGTERM, SIGINT or the end of the process that
 * started it (where there is an IPC channel) finishes what it took and exits with 0; on SIGTERM after the delay that the service has.
 *
 * A wrong environment, or a server that the product cannot run on, ends it with 1 and one line for each reason.
 */
export async function runService<Shape extends z.ZodRawShape>(
  shape: Shape,
  optionsOf: (env: z.output<z.ZodObject<Shape>>) => ServiceOptions,
): Promise<void> {
  let app: NestFastifyApplication | undefined;
  let starting: Promise<unknown> = Promise.resolve();
  let delayMs = 0;
  let stopTracing = (): Promise<void> => Promise.resolve();
  let isStopping = false;
  const stop = (signal?: string): void => {
    if (isStopping) return;
    isStopping = true;
    const servesForMs = signal === 'SIGTERM' ? delayMs : 0;
    setTimeout(() => process.exit(1), servesForMs + SHUTDOWN_DEADLINE_MS).unref();
    const end = async (): Promise<void> => {
      try {
        await finish(app, starting, servesForMs);
      } finally {
        await stopTracing();
      }
    };
    end().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process
    .on('SIGTERM', stop)
    .on('SIGINT', stop)
    .on('disconnect', () => stop());

  const options = optionsOf(readEnvOrExit(shape));
  delayMs = options.shutdownDelayMs ?? 0;
  const logger = createLogger(options.name, options.logLevel);
  endOnUncaught(logger);
  if (options.tracing) stopTracing = await startTracing(options.name, options.tracing, logger);
  const started = startService(options, (created) => (app = created));
  starting = started.catch(() => undefined);
  try {
    await endOnUnfitServer(() => started);
  } catch (error) {
    if (!isStopping) throw error;
  }
  releaseMemoryOfStart();
}

/** Before the application is there, nothing has been taken. */
async function finish(
  app: NestFastifyApplication | undefined,
  starting: Promise<unknown>,
  servesForMs: number,
): Promise<void> {
  if (!app) return;
  app.get(Shutdown).begin();
  await delay(servesForMs);
  await withTimeLimit(starting, START_GRACE_MS).catch(() => undefined);
  await app.close();
}

/**
 * Gives back what only the start needed, mostly room for the young objects of loading modules: half of an idle service's heap. V8
 * does so by itself only where memory is scarce.
 */
function releaseMemoryOfStart(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NodeJS.GCFunction;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
