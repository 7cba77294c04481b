import { Module } from '@nestjs/common';
import { EventsModule } from '@nexivo/events/events.module';
import { countersController } from '@nexivo/store/counters.controller';
import { connectionSettings } from '@nexivo/store/database';
import { databaseModule } from '@nexivo/store/database.module';
import { IdempotencyModule } from '@nexivo/store/idempotency.module';
import { ServiceModule } from '@nexivo/runtime/service.module';
import type { ServiceOptions } from '@nexivo/runtime/start';
import type { EnvOf } from '@nexivo/runtime/env';
import { JobLexemes } from './job-lexemes.js';
import { JobsController } from './jobs.controller.js';
import { JobsService } from './jobs.service.js';
import { COUNTED, database } from './database.js';
import type { jobsEnv } from './env.js';

@Module({
  imports: [IdempotencyModule],
  controllers: [JobsController, countersController('jobs', COUNTED)],
  providers: [JobsService, JobLexemes],
})
class AppModule {}

/** The jobs service, wired to its environment. */
export const jobsService = (env: EnvOf<typeof jobsEnv>): ServiceOptions => ({
  name: 'jobs',
  logLevel: env.LOG_LEVEL,
  tracing: env,
  commandsAtOnce: env.COMMANDS_AT_ONCE,
  port: env.HEALTH_PORT,
  host: env.HEALTH_HOST,
  module: {
    module: AppModule,
    imports: [
      ServiceModule.register('jobs', env),
      databaseModule({ ...database, ...connectionSettings(env) }),
      EventsModule.register({ service: 'jobs' }),
    ],
  },
});
