import { Module } from '@nestjs/common';
import { EventsModule } from '@nexivo/events/events.module';
import { connectionSettings } from '@nexivo/store/database';
import { databaseModule } from '@nexivo/store/database.module';
import type { EnvOf } from '@nexivo/runtime/env';
import { IdempotencyModule } from '@nexivo/store/idempotency.module';
import { ServiceModule } from '@nexivo/runtime/service.module';
import type { ServiceOptions } from '@nexivo/runtime/start';
import { database } from './database.js';
import { DeliveriesService } from './deliveries/deliveries.service.js';
import { JobRunner } from './deliveries/job.runner.js';
import { RedeliveriesService } from './deliveries/redeliveries.service.js';
import { ReplaysService } from './deliveries/replays.service.js';
import { EndpointReport } from './endpoints/endpoint-report.js';
import { HealthService } from './endpoints/health.service.js';
import { SealedAnswers } from './endpoints/sealed-answers.js';
import { SecretsModule } from './endpoints/secrets.module.js';
import { WebhooksService } from './endpoints/webhooks.service.js';
import type { webhooksEnv } from './env.js';
import { EventFeed } from './events/event-feed.js';
import { FanOut } from './events/fan-out.js';
import { RetentionSweeper } from './events/retention.sweeper.js';
import { DELIVERY_CONNECTIONS } from './queue/delivery.store.js';
import { TimesAhead } from './queue/times-ahead.js';
import { WebhooksController } from './webhooks.controller.js';
import { DeliveryModule } from './worker/delivery.module.js';

@Module({
  imports: [IdempotencyModule],
  controllers: [WebhooksController],
  providers: [
    WebhooksService,
    SealedAnswers,
    HealthService,
    EndpointReport,
    DeliveriesService,
    ReplaysService,
    RedeliveriesService,
    JobRunner,
    EventFeed,
    FanOut,
    RetentionSweeper,
    TimesAhead,
  ],
})
class AppModule {}

/** The webhooks service, wired to its environment. */
export const webhooksService = (env: EnvOf<typeof webhooksEnv>): ServiceOptions => ({
  name: 'webhooks',
  logLevel: env.LOG_LEVEL,
  tracing: env,
  commandsAtOnce: env.COMMANDS_AT_ONCE,
  port: env.HEALTH_PORT,
  host: env.HEALTH_HOST,
  module: {
    module: AppModule,
    imports: [
      ServiceModule.register('webhooks', env),
      databaseModule({ ...database, ...connectionSettings(env), otherConnections: DELIVERY_CONNECTIONS }),
      SecretsModule.register(env.WEBHOOK_SECRET_KEYS),
      DeliveryModule.register(env),
      EventsModule.register({ service: 'webhooks', handlers: [FanOut] }),
    ],
  },
});
