import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BusClient } from '@nexivo/bus/client';
import type { EnvOf } from '@nexivo/runtime/env';
import { LOGGER } from '@nexivo/runtime/logging';
import { Metrics } from '@nexivo/runtime/metrics';
import { ServiceModule } from '@nexivo/runtime/service.module';
import { Shutdown } from '@nexivo/runtime/shutdown';
import type { ServiceOptions } from '@nexivo/runtime/start';
import { connectionSettings } from '@nexivo/store/database';
import { databaseModule } from '@nexivo/store/database.module';
import type { FastifyInstance } from 'fastify';
import { DataSource } from 'typeorm';
import { AccountTokensService } from './accounts/account-tokens.service.js';
import { AccountsModule } from './accounts/accounts.module.js';
import { OwnAccountService } from './accounts/own-account.service.js';
import { JoiningService } from './accounts/people/joining.service.js';
import { MembershipsService } from './accounts/people/memberships.service.js';
import { LinksService } from './accounts/people/links.service.js';
import { MembersService } from './accounts/people/members.service.js';
import { PersonsService } from './accounts/people/persons.service.js';
import { SessionsService } from './accounts/people/sessions.service.js';
import { Access } from './auth/access.js';
import { AUTH_CONNECTIONS, AUTH_DATABASE_URL, AuthStore } from './auth/auth-store.js';
import { FailedAttempts } from './auth/failed-attempts.js';
import { FreeReplays } from './auth/free-replays.js';
import { Gateways } from './auth/gateways.js';
import { LastUse } from './auth/last-use.js';
import { QuotaMetrics } from './auth/quota-metrics.js';
import { QuotaStore } from './auth/quota-store.js';
import { Quotas } from './auth/quotas.js';
import { SessionVerifier } from './auth/session-verifier.js';
import { UsageController } from './auth/usage.controller.js';
import { Usage } from './auth/usage.js';
import { UsageSweeper } from './auth/usage.sweeper.js';
import { Verifier } from './auth/verifier.js';
import { database } from './database.js';
import { type gatewayEnv, limitsOf } from './env.js';
import { closeConnectionsWhileStopping } from './http/closing.js';
import { Cursors } from './http/cursors.js';
import { PagesInFlight } from './http/pages-in-flight.js';
import { servePages } from './http/pages.js';
import { serveRoutes } from './http/serve-routes.js';
import { configureHttp, createAdapter, type Front, frontOf } from './http/server.js';
import { serveErrorPages } from './openapi/error-pages.js';
import { serveReference } from './openapi/reference.js';
import { routesOf } from './routes.js';

type Env = EnvOf<typeof gatewayEnv>;

@Module({
  controllers: [UsageController],
  providers: [
    Access,
    AuthStore,
    FailedAttempts,
    FreeReplays,
    Gateways,
    LastUse,
    QuotaStore,
    Quotas,
    QuotaMetrics,
    SessionVerifier,
    Usage,
    UsageSweeper,
    Verifier,
  ],
})
class AppModule {}

/** The gateway, wired to its environment. */
export function gatewayService(env: Env): ServiceOptions {
  const front = frontOf(limitsOf(env));
  return {
    name: 'gateway',
    logLevel: env.LOG_LEVEL,
    tracing: env,
    commandsAtOnce: env.COMMANDS_AT_ONCE,
    port: env.PORT,
    host: env.HOST,
    backlog: env.BACKLOG,
    shutdownDelayMs: env.SHUTDOWN_DELAY_S * 1_000,
    healthPort: env.HEALTH_PORT,
    healthHost: env.HEALTH_HOST,
    adapter: createAdapter({
      trustProxy: env.TRUST_PROXY,
      publicUrl: env.PUBLIC_URL,
      corsOrigins: env.CORS_ORIGINS,
      ...front,
    }),
    configure: (app) => configure(app, env, front),
    module: {
      module: AppModule,
      providers: [{ provide: AUTH_DATABASE_URL, useValue: env.DATABASE_URL }],
      imports: [
        ServiceModule.register('gateway', env),
        databaseModule({ ...database, ...connectionSettings(env), otherConnections: AUTH_CONNECTIONS }),
        AccountsModule.register(env.TOKEN_PEPPERS, env.PUBLIC_URL ?? `http://localhost:${env.PORT}`),
      ],
    },
  };
}

async function configure(app: NestFastifyApplication, env: Env, front: Front): Promise<void> {
  const { queue, connections } = front;
  connections.report(app.get(LOGGER), app.get(Metrics));
  const pages = new PagesInFlight(env.MAX_PAGE_BYTES_PER_ACCOUNT);
  const { CORS_ORIGINS: corsOrigins, PUBLIC_URL: publicUrl, TOKEN_PEPPERS: peppers } = env;
  const problems = await configureHttp(app, {
    logger: app.get(LOGGER),
    corsOrigins,
    cursors: new Cursors(peppers.map(({ key }) => key)),
    ...front,
    publicUrl,
  });
  closeConnectionsWhileStopping(app.getHttpAdapter().getInstance(), app.get(Shutdown));
  const bus = app.get(BusClient);
  const routes = routesOf({
    bus,
    publicUrl,
    store: app.get(AuthStore),
    quotas: app.get(Quotas),
    persons: app.get(PersonsService),
    sessions: app.get(SessionsService),
    joining: app.get(JoiningService),
    memberships: app.get(MembershipsService),
    members: app.get(MembersService),
    links: app.get(LinksService),
    accounts: app.get(OwnAccountService),
    tokens: app.get(AccountTokensService),
    database: app.get(DataSource),
    contactSalesUrl: env.CONTACT_SALES_URL,
  });
  // In a scope of their own, for Nest sets the error handler of the others.
  await app.register(async (scope: FastifyInstance) => {
    scope.setErrorHandler((error, request, reply) => problems.answer(error, request, reply));
    serveRoutes(scope, routes, { bus, access: app.get(Access), publicUrl, queue, pages });
  });
  // Behind the hooks that all of HTTP has in common.
  await serveReference(app, publicUrl);
  serveErrorPages(app.getHttpAdapter().getInstance(), publicUrl);
  await servePages(app.getHttpAdapter().getInstance(), app.get(LOGGER), publicUrl);
}
