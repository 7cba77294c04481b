import { type DynamicModule, Module, type Type } from '@nestjs/common';
import type { ConsumingService } from '@nexivo/contracts/dead-letters';
import { MetricsModule } from '@nexivo/runtime/metrics';
import type { EventHandler } from './consumer.js';
import { ConsumerRunners, EVENT_HANDLERS } from './consumer.runners.js';
import { deadLettersController } from './dead-letters.controller.js';
import { DeadLetters } from './dead-letters.js';
import { InboxSweeper } from './inbox.sweeper.js';
import { ConsumerMetrics, OutboxMetrics } from './metrics.js';
import { OutboxSweeper } from './outbox.sweeper.js';
import { Reconciler } from './reconciler.js';
import { Relay } from './relay.js';

interface Publishes {
  /** The service's name: first token of its subjects on the bus. */
  readonly service: string;
  /** Whether it has an outbox; true unless told. */
  readonly publishes?: boolean;
  readonly handlers?: undefined;
}

interface Consumes extends Omit<Publishes, 'handlers'> {
  /** Operators are shown the dead letters of these services. */
  readonly service: ConsumingService;
  /** Classes of its event handlers, which are providers of one of the service's modules. It has an inbox. */
  readonly handlers: readonly Type<EventHandler>[];
}

/** What a service has to do with events. */
export type EventsOptions = Publishes | Consumes;

/**
 * All that runs beside a service's commands to publish and consume events, and `GET /metrics`. The tables come from the
 * service's migrations (`createOutboxV1`, `createInboxV1`), stream and consumers from `runEventMigrations`.
 */
@Module({})
export class EventsModule {
  static register(options: EventsOptions): DynamicModule {
    const { publishes = true, handlers } = options;
    return {
      module: EventsModule,
      imports: [MetricsModule],
      controllers: options.handlers ? [deadLettersController(options.service)] : [],
      providers: [
        ...(publishes ? [Relay, Reconciler, OutboxSweeper, OutboxMetrics] : []),
        ...(handlers
          ? [
              { provide: EVENT_HANDLERS, useValue: handlers },
              ConsumerRunners,
              ConsumerMetrics,
              DeadLetters,
              InboxSweeper,
            ]
          : []),
      ],
    };
  }
}
