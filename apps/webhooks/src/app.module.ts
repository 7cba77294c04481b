import { Module } from '@nestjs/common';
import { databaseModule } from '@nexivo/service/database';
import { ServiceModule } from '@nexivo/service/service.module';
import type { ServiceOptions } from '@nexivo/service/start';
import type { EnvOf } from '@nexivo/service/env';
import { database } from './database.js';
import type { webhooksEnv } from './env.js';

/** Serves its health and no commands yet. */
@Module({})
class AppModule {}

/** The webhooks service, wired to its environment. */
export const webhooksService = (env: EnvOf<typeof webhooksEnv>): ServiceOptions => ({
  name: 'webhooks',
  logLevel: env.LOG_LEVEL,
  port: env.HEALTH_PORT,
  module: {
    module: AppModule,
    imports: [
      ServiceModule.register('webhooks', env),
      databaseModule({ ...database, url: env.DATABASE_URL, poolSize: env.DATABASE_POOL_SIZE }),
    ],
  },
});
