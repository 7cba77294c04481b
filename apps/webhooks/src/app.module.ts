import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventsModule } from '@nexivo/events/events.module';
import { databaseModule } from '@nexivo/store/database';
import type { EnvOf } from '@nexivo/runtime/env';
import { IdempotencyModule } from '@nexivo/store/idempotency.module';
import { ServiceModule } from '@nexivo/runtime/service.module';
import type { ServiceOptions } from '@nexivo/runtime/start';
import { database } from './database.js';
import { DeliveriesService } from './deliveries.service.js';
import { DeliveryModule } from './delivery/delivery.module.js';
import type { webhooksEnv } from './env.js';
import { EventFeed } from './event-feed.js';
import { FanOut } from './fan-out.js';
import { ReplayRunner } from './replays/replay.runner.js';
import { ReplaysService } from './replays/replays.service.js';
import { RetentionSweeper } from './retention.sweeper.js';
import { SealedAnswers } from './sealed-answers.js';
import { SecretsModule } from './secrets.module.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [TypeOrmModule.forFeature(database.entities), IdempotencyModule],
  controllers: [WebhooksController],
  providers: [
    WebhooksService,
    SealedAnswers,
    DeliveriesService,
    ReplaysService,
    ReplayRunner,
    EventFeed,
    FanOut,
    RetentionSweeper,
  ],
})
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
      SecretsModule.register(env.WEBHOOK_SECRET_KEYS),
      DeliveryModule.register(env),
      EventsModule.register({ service: 'webhooks', publishes: false, handlers: [FanOut] }),
    ],
  },
});
