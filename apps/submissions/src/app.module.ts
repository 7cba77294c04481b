import { Module } from '@nestjs/common';
import { EventsModule } from '@nexivo/events/events.module';
import { countersController } from '@nexivo/store/counters.controller';
import { connectionSettings } from '@nexivo/store/database';
import { databaseModule } from '@nexivo/store/database.module';
import { IdempotencyModule } from '@nexivo/store/idempotency.module';
import { ServiceModule } from '@nexivo/runtime/service.module';
import type { ServiceOptions } from '@nexivo/runtime/start';
import type { EnvOf } from '@nexivo/runtime/env';
import { SubmissionsController } from './submissions.controller.js';
import { SubmissionsService } from './submissions.service.js';
import { COUNTED, database } from './database.js';
import type { submissionsEnv } from './env.js';

@Module({
  imports: [IdempotencyModule],
  controllers: [SubmissionsController, countersController('submissions', COUNTED)],
  providers: [SubmissionsService],
})
class AppModule {}

/** The submissions service, wired to its environment. */
export const submissionsService = (env: EnvOf<typeof submissionsEnv>): ServiceOptions => ({
  name: 'submissions',
  logLevel: env.LOG_LEVEL,
  tracing: env,
  commandsAtOnce: env.COMMANDS_AT_ONCE,
  port: env.HEALTH_PORT,
  host: env.HEALTH_HOST,
  module: {
    module: AppModule,
    imports: [
      ServiceModule.register('submissions', env),
      databaseModule({ ...database, ...connectionSettings(env) }),
      EventsModule.register({ service: 'submissions' }),
    ],
  },
});
