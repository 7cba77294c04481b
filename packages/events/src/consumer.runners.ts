import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { BusConnection } from '@nexivo/bus/connection';
import { LOGGER } from '@nexivo/runtime/logging';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import type { EventHandler } from './consumer.js';
import { ConsumerRunner } from './consumer.runner.js';
import { ConsumerMetrics } from './metrics.js';

/** The classes of a service's event handlers. */
export const EVENT_HANDLERS = Symbol('event handlers');

/** Runs the service's consumers for as long as the service runs. */
@Injectable()
export class ConsumerRunners implements OnApplicationBootstrap, OnModuleDestroy {
  private runners: ConsumerRunner[] = [];

  constructor(
    @Inject(EVENT_HANDLERS) private readonly handlers: readonly Type<EventHandler>[],
    @Inject(ModuleRef) private readonly modules: ModuleRef,
    @Inject(BusConnection) private readonly bus: BusConnection,
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(ConsumerMetrics) private readonly metrics: ConsumerMetrics,
  ) {}

  onApplicationBootstrap(): void {
    this.runners = this.handlers.map((type) => {
      const handler = this.modules.get<EventHandler>(type, { strict: false });
      const { durable } = handler.consumer;
      this.metrics.follow(durable);
      return new ConsumerRunner(this.bus, this.database, handler, this.logger, (disposition, events) =>
        this.metrics.count(durable, disposition, events),
      );
    });
    for (const runner of this.runners) runner.start();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.stop()));
  }
}
