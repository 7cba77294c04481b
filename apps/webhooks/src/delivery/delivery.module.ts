import { type DynamicModule, Module } from '@nestjs/common';
import { LOGGER } from '@nexivo/runtime/logging';
import { Metrics, MetricsModule } from '@nexivo/runtime/metrics';
import { Shutdown } from '@nexivo/runtime/shutdown';
import ipaddr from 'ipaddr.js';
import type { Logger } from 'pino';
import { Secrets } from '../secrets.js';
import { DeliveryMetrics } from './delivery.metrics.js';
import { DeliveryStore } from './delivery.store.js';
import { DeliveryWorker } from './delivery.worker.js';
import { Dialer } from './dial.js';
import { systemResolve } from './resolver.js';
import { TargetGuard } from './target-guard.js';

/** The part of the environment that deliveries depend on. */
export interface DeliveryEnv {
  readonly DATABASE_URL: string;
  readonly ALLOW_INSECURE_WEBHOOK_TARGETS: boolean;
  /** CIDRs. */
  readonly WEBHOOK_TARGET_ALLOWLIST: readonly string[];
  readonly WEBHOOK_CONCURRENCY_PER_ENDPOINT: number;
  readonly WEBHOOK_CONCURRENCY: number;
}

/** Sends deliveries, in every copy of the service. Needs {@link Secrets}. */
@Module({})
export class DeliveryModule {
  static register(env: DeliveryEnv): DynamicModule {
    return {
      module: DeliveryModule,
      imports: [MetricsModule],
      providers: [
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
          inject: [TargetGuard, Secrets, Metrics, Shutdown, LOGGER],
          useFactory: (guard: TargetGuard, secrets: Secrets, metrics: Metrics, shutdown: Shutdown, logger: Logger) => {
            const store = new DeliveryStore(env.DATABASE_URL, logger);
            return new DeliveryWorker(
              {
                store,
                dialer: new Dialer(guard),
                secrets,
                metrics: new DeliveryMetrics(metrics, store, logger),
                shutdown,
                logger,
              },
              { concurrency: env.WEBHOOK_CONCURRENCY, perEndpoint: env.WEBHOOK_CONCURRENCY_PER_ENDPOINT },
            );
          },
        },
      ],
      exports: [DeliveryWorker, TargetGuard],
    };
  }
}
