import { Module } from '@nestjs/common';
import { EventsModule } from '@nexivo/events/events.module';
import { countersController } from '@nexivo/store/counters.controller';
import { connectionSettings } from '@nexivo/store/database';
import { databaseModule } from '@nexivo/store/database.module';
import { IdempotencyModule } from '@nexivo/store/idempotency.module';
import { ServiceModule } from '@nexivo/runtime/service.module';
import type { ServiceOptions } from '@nexivo/runtime/start';
import type { EnvOf } from '@nexivo/runtime/env';
import { CandidatesController } from './candidates.controller.js';
import { CandidatesService } from './candidates.service.js';
import { COUNTED, database } from './database.js';
import type { candidatesEnv } from './env.js';
import { CandidateLexemes } from './candidate-lexemes.js';
import { PlaceCandidates } from './place-candidates.js';

@Module({
  imports: [IdempotencyModule],
  controllers: [CandidatesController, countersController('candidates', COUNTED)],
  providers: [CandidatesService, PlaceCandidates, CandidateLexemes],
})
class AppModule {}

/** The candidates service, wired to its environment. */
export const candidatesService = (env: EnvOf<typeof candidatesEnv>): ServiceOptions => ({
  name: 'candidates',
  logLevel: env.LOG_LEVEL,
  tracing: env,
  commandsAtOnce: env.COMMANDS_AT_ONCE,
  port: env.HEALTH_PORT,
  host: env.HEALTH_HOST,
  module: {
    module: AppModule,
    imports: [
      ServiceModule.register('candidates', env),
      databaseModule({ ...database, ...connectionSettings(env) }),
      EventsModule.register({ service: 'candidates', handlers: [PlaceCandidates] }),
    ],
  },
});
