import { type DynamicModule, Module } from '@nestjs/common';
import { LOGGER } from '@nexivo/runtime/logging';
import { Metrics, MetricsModule } from '@nexivo/runtime/metrics';
import { Shutdown } from '@nexivo/runtime/shutdown';
import { WakeUp } from '@nexivo/runtime/wake-up';
import ipaddr from 'ipaddr.js';
import type { Logger } from 'pino';
import { toldOf } from '../endpoints/webhook-events.js';
import { Secrets } from '../endpoints/secrets.js';
import { DeliveryStore } from '../queue/delivery.store.js';
import { Dialer } from '../sender/dial.js';
import { systemResolve } from '../sender/resolver.js';
import { TargetGuard } from '../sender/target-guard.js';
import { DeliveryMetrics } from './delivery.metrics.js';
import { AttemptLog, type SuccessLog } from './attempt-log.js';
import { DeliveryWorker } from './delivery.worker.js';

/** The part of the environment that deliveries depend on. */
export interface DeliveryEnv {
  readonly DATABASE_URL: string;
  readonly ALLOW_INSECURE_WEBHOOK_TARGETS: boolean;
  /** CIDRs. */
  readonly WEBHOOK_TARGET_ALLOWLIST: readonly string[];
  readonly WEBHOOK_CONCURRENCY_PER_ENDPOINT: number;
  readonly WEBHOOK_CONCURRENCY: number;
  readonly WEBHOOK_PROXY_URL?: string | undefined;
  readonly LOG_DELIVERIES: SuccessLog;
}

/** Sends deliveries, in every replica of the service; whoever queues one notifies its {@link WakeUp}. Needs {@link Secrets}. */
@Module({})
export class DeliveryModule {
  static register(env: DeliveryEnv): DynamicModule {
    return {
      module: DeliveryModule,
      imports: [MetricsModule],
      providers: [
        WakeUp,
        {
          provide: TargetGuard,
          useFactory: () =>
            new TargetGuard(
              {
                allowInsecure: env.ALLOW_INSECURE_WEBHOOK_TARGETS,
                allowlist: env.WEBHOOK_TARGET_ALLOWLIST.map((cidr) => ipaddr.parseCIDR(cidr)),
              },
              systemResolve(),
            ),
        },
        {
          provide: DeliveryWorker,
          inject: [WakeUp, TargetGuard, Secrets, Metrics, Shutdown, LOGGER],
          useFactory: (
            wakeUp: WakeUp,
            guard: TargetGuard,
            secrets: Secrets,
            metrics: Metrics,
            shutdown: Shutdown,
            logger: Logger,
          ) => {
            const store = new DeliveryStore(env.DATABASE_URL, logger, toldOf);
            return new DeliveryWorker(
              {
                store,
                wakeUp,
                dialer: new Dialer(guard, { proxyUrl: env.WEBHOOK_PROXY_URL }),
                secrets,
                metrics: new DeliveryMetrics(metrics, store, logger),
                shutdown,
                logger,
                attemptLog: new AttemptLog(logger, env.LOG_DELIVERIES),
              },
              { concurrency: env.WEBHOOK_CONCURRENCY, perEndpoint: env.WEBHOOK_CONCURRENCY_PER_ENDPOINT },
            );
          },
        },
      ],
      exports: [WakeUp, TargetGuard],
    };
  }
}
