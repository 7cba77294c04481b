import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { BusClient } from '@nexivo/bus/client';
import { BusConnection } from '@nexivo/bus/connection';
import { checkBus } from '@nexivo/bus/server-check';
import type { BusSettings } from '@nexivo/bus/settings';
import { SENT_COMMANDS } from '@nexivo/bus/command-observer';
import { buildOf } from './build.js';
import { Clock } from './clock.js';
import { sentCommands } from './command-metrics.js';
import { HealthController } from './health.controller.js';
import { Health } from './health.js';
import { createLogger, LOGGER } from './logging.js';
import { Metrics } from './metrics.js';
import { measureProcess } from './process-metrics.js';
import { Readiness } from './readiness.js';
import { Shutdown } from './shutdown.js';
import { StatusReporter } from './status-reporter.js';

/** What every service needs beside its database: log, bus, health, metrics. */
@Module({})
export class ServiceModule {
  static register(name: string, env: BusSettings & { LOG_LEVEL: string; COMMIT?: string | undefined }): DynamicModule {
    return {
      module: ServiceModule,
      global: true,
      controllers: [HealthController],
      providers: [
        { provide: LOGGER, useFactory: () => createLogger(name, env.LOG_LEVEL) },
        {
          provide: BusConnection,
          inject: [LOGGER, Metrics],
          useFactory: async (logger: Logger, metrics: Metrics) => {
            const report = (line: string): void => logger.warn(`bus: ${line}`);
            await checkBus(env, { waitForMs: Infinity, report });
            const connection = await BusConnection.to(env, name, logger);
            measureProcess(metrics, buildOf(env.COMMIT), connection);
            return connection;
          },
        },
        { provide: Metrics, useFactory: () => new Metrics(name) },
        { provide: SENT_COMMANDS, inject: [Metrics], useFactory: sentCommands },
        BusClient,
        Shutdown,
        Readiness,
        Health,
        {
          provide: StatusReporter,
          inject: [BusConnection, Health, Metrics, LOGGER],
          useFactory: (bus: BusConnection, health: Health, metrics: Metrics, logger: Logger) =>
            new StatusReporter(name, buildOf(env.COMMIT), bus, health, metrics, logger),
        },
        Clock,
      ],
      exports: [LOGGER, BusConnection, BusClient, Metrics, Shutdown, Readiness, Health, Clock],
    };
  }
}
