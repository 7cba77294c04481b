import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { BusClient } from '@nexivo/bus/client';
import { BusConnection, connectBus, NATS_CONNECTION } from '@nexivo/bus/connection';
import { checkBus } from '@nexivo/bus/server-check';
import { HealthController } from './health.controller.js';
import { createLogger, LOGGER } from './logging.js';
import { Readiness } from './readiness.js';
import { Shutdown } from './shutdown.js';

/** What every service needs beside its database: log, bus, health. */
@Module({})
export class ServiceModule {
  static register(name: string, env: { NATS_URL: readonly string[]; LOG_LEVEL: string }): DynamicModule {
    return {
      module: ServiceModule,
      global: true,
      controllers: [HealthController],
      providers: [
        { provide: LOGGER, useFactory: () => createLogger(name, env.LOG_LEVEL) },
        {
          provide: NATS_CONNECTION,
          inject: [LOGGER],
          useFactory: async (logger: Logger) => {
            const report = (line: string): void => logger.warn(`bus: ${line}`);
            await checkBus(env.NATS_URL, { waitForMs: Infinity, report });
            return connectBus(env.NATS_URL, name, logger);
          },
        },
        BusConnection,
        BusClient,
        Shutdown,
        Readiness,
      ],
      exports: [LOGGER, BusConnection, BusClient, Shutdown, Readiness],
    };
  }
}
