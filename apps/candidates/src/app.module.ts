import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventsModule } from '@nexivo/events/events.module';
import { countersController } from '@nexivo/service/counters.controller';
import { databaseModule } from '@nexivo/service/database';
import { IdempotencyModule } from '@nexivo/service/idempotency.module';
import { ServiceModule } from '@nexivo/service/service.module';
import type { ServiceOptions } from '@nexivo/service/start';
import type { EnvOf } from '@nexivo/service/env';
import { CandidateEntity } from './candidate.entity.js';
import { CandidatesController } from './candidates.controller.js';
import { CandidatesService } from './candidates.service.js';
import { COUNTED, database } from './database.js';
import type { candidatesEnv } from './env.js';
import { PlaceCandidates } from './place-candidates.js';

@Module({
  imports: [TypeOrmModule.forFeature([CandidateEntity]), IdempotencyModule],
  controllers: [CandidatesController, countersController('candidates', COUNTED)],
  providers: [CandidatesService, PlaceCandidates],
})
class AppModule {}

/** The candidates service, wired to its environment. */
export const candidatesService = (env: EnvOf<typeof candidatesEnv>): ServiceOptions => ({
  name: 'candidates',
  logLevel: env.LOG_LEVEL,
  port: env.HEALTH_PORT,
  module: {
    module: AppModule,
    imports: [
      ServiceModule.register('candidates', env),
      databaseModule({ ...database, url: env.DATABASE_URL, poolSize: env.DATABASE_POOL_SIZE }),
      EventsModule.register({ service: 'candidates', handlers: [PlaceCandidates] }),
    ],
  },
});
