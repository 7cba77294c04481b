import { Module } from '@nestjs/common';
import { LOGGER } from '@nexivo/service/bus.connection';
import { databaseModule } from '@nexivo/service/database';
import type { EnvOf } from '@nexivo/service/env';
import { ServiceModule } from '@nexivo/service/service.module';
import type { ServiceOptions } from '@nexivo/service/start';
import { AccountsService } from './auth/accounts.service.js';
import { AdminController } from './auth/admin.controller.js';
import { AUTH_DATABASE_URL, AuthStore } from './auth/auth-store.js';
import { FailedAttempts } from './auth/failed-attempts.js';
import { Invalidations } from './auth/invalidations.js';
import { LastUse } from './auth/last-use.js';
import { MeController } from './auth/me.controller.js';
import { QuotaStore } from './auth/quota-store.js';
import { Quotas } from './auth/quotas.js';
import { TokensService } from './auth/tokens.service.js';
import { PEPPERS, Verifier } from './auth/verifier.js';
import { CandidatesController } from './candidates.controller.js';
import { database } from './database.js';
import type { gatewayEnv } from './env.js';
import { EventsController } from './events.controller.js';
import { PUBLIC_URL } from './http/answers.js';
import { Cursors } from './http/cursors.js';
import { configureHttp, createAdapter } from './http/server.js';
import { JobsController } from './jobs.controller.js';
import { OpenApiController } from './openapi/openapi.controller.js';
import { SubmissionsController } from './submissions.controller.js';
import { WebhooksController } from './webhooks.controller.js';

@Module({
  controllers: [
    CandidatesController,
    JobsController,
    SubmissionsController,
    WebhooksController,
    EventsController,
    MeController,
    OpenApiController,
    AdminController,
  ],
  providers: [
    AccountsService,
    TokensService,
    AuthStore,
    FailedAttempts,
    Invalidations,
    LastUse,
    QuotaStore,
    Quotas,
    Verifier,
  ],
})
class AppModule {}

/** The gateway, wired to its environment. */
export const gatewayService = (env: EnvOf<typeof gatewayEnv>): ServiceOptions => ({
  name: 'gateway',
  logLevel: env.LOG_LEVEL,
  port: env.PORT,
  adapter: createAdapter({ trustProxy: env.TRUST_PROXY }),
  configure: (app) =>
    configureHttp(app, {
      logger: app.get(LOGGER),
      corsOrigins: env.CORS_ORIGINS,
      publicUrl: env.PUBLIC_URL,
      cursors: new Cursors(env.TOKEN_PEPPERS.map(({ key }) => key)),
    }),
  module: {
    module: AppModule,
    providers: [
      { provide: PEPPERS, useValue: env.TOKEN_PEPPERS },
      { provide: AUTH_DATABASE_URL, useValue: env.DATABASE_URL },
      { provide: PUBLIC_URL, useValue: env.PUBLIC_URL },
    ],
    imports: [
      ServiceModule.register('gateway', env),
      databaseModule({ ...database, url: env.DATABASE_URL, poolSize: env.DATABASE_POOL_SIZE }),
    ],
  },
});
