import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventsModule } from '@nexivo/events/events.module';
import { countersController } from '@nexivo/service/counters.controller';
import { databaseModule } from '@nexivo/service/database';
import { IdempotencyModule } from '@nexivo/service/idempotency.module';
import { ServiceModule } from '@nexivo/service/service.module';
import type { ServiceOptions } from '@nexivo/service/start';
import type { EnvOf } from '@nexivo/service/env';
import { JobEntity } from './job.entity.js';
import { JobsController } from './jobs.controller.js';
import { JobsService } from './jobs.service.js';
import { COUNTED, database } from './database.js';
import type { jobsEnv } from './env.js';

@Module({
  imports: [TypeOrmModule.forFeature([JobEntity]), IdempotencyModule],
  controllers: [JobsController, countersController('jobs', COUNTED)],
  providers: [JobsService],
})
class AppModule {}

/** The jobs service, wired to its environment. */
export const jobsService = (env: EnvOf<typeof jobsEnv>): ServiceOptions => ({
  name: 'jobs',
  logLevel: env.LOG_LEVEL,
  port: env.HEALTH_PORT,
  module: {
    module: AppModule,
    imports: [
      ServiceModule.register('jobs', env),
      databaseModule({ ...database, url: env.DATABASE_URL, poolSize: env.DATABASE_POOL_SIZE }),
      EventsModule.register({ service: 'jobs' }),
    ],
  },
});
