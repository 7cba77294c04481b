import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { BusClient } from '@nexivo/bus/client';
import { BusConnection } from '@nexivo/bus/connection';
import { checkBus } from '@nexivo/bus/server-check';
import type { BusSettings } from '@nexivo/bus/settings';
import { Clock } from './clock.js';
import { HealthController } from './health.controller.js';
import { createLogger, LOGGER } from './logging.js';
import { Readiness } from './readiness.js';
import { Shutdown } from './shutdown.js';

/** What every service needs beside its database: log, bus, health. */
@Module({})
export class ServiceModule {
  static register(name: string, env: BusSettings & { LOG_LEVEL: string }): DynamicModule {
    return {
      module: ServiceModule,
      global: true,
      controllers: [HealthController],
      providers: [
        { provide: LOGGER, useFactory: () => createLogger(name, env.LOG_LEVEL) },
        {
          provide: BusConnection,
          inject: [LOGGER],
          useFactory: async (logger: Logger) => {
            const report = (line: string): void => logger.warn(`bus: ${line}`);
            await checkBus(env, { waitForMs: Infinity, report });
            return BusConnection.to(env, name, logger);
          },
        },
        BusClient,
        Shutdown,
        Readiness,
        Clock,
      ],
      exports: [LOGGER, BusConnection, BusClient, Shutdown, Readiness, Clock],
    };
  }
}
