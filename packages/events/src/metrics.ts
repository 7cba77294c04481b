import type { ConsumerInfo } from '@nats-io/jetstream';
import { Inject, Injectable } from '@nestjs/common';
import { BusConnection } from '@nexivo/bus/connection';
import { Metrics, type Reading, sharedLook } from '@nexivo/runtime/metrics';
import { Readiness } from '@nexivo/runtime/readiness';
import { Counter } from 'prom-client';
import { DataSource } from 'typeorm';
import type { Disposition } from './consumer.runner.js';
import { Reconciler } from './reconciler.js';
import { Relay } from './relay.js';
import { jetStreamOf, STREAM } from './stream.js';

/** What is known of a service's outbox. */
@Injectable()
export class OutboxMetrics {
  constructor(
    @Inject(Metrics) metrics: Metrics,
    @Inject(Relay) relay: Relay,
    @Inject(Reconciler) reconciler: Reconciler,
    @Inject(Readiness) readiness: Readiness,
  ) {
    readiness.add('stream', () => relay.streamState);
    const backlog = sharedLook(() => relay.backlog());
    metrics.gaugeOfService('nexivo_outbox_rows', 'Events committed and not yet published', [], async () => [
      { value: (await backlog()).rows },
    ]);
    metrics.gaugeOfService(
      'nexivo_outbox_oldest_seconds',
      'Age of the oldest of them; 0 if there is none',
      [],
      async () => [{ value: (await backlog()).oldestS }],
    );
    metrics.counter('nexivo_events_published_total', 'Events that this replica published', () => relay.published);
    metrics.counter('nexivo_outbox_failures_total', 'Failed turns of the relay of this replica', () => relay.failures);
    metrics.counter(
      'nexivo_events_republished_total',
      'Events that the stream had lost and that this replica had published again',
      () => reconciler.republished,
    );
    metrics.counter(
      'nexivo_events_expired_total',
      'Events that expired before every consumer had had them, and that this replica had published again',
      () => reconciler.expired,
    );
  }
}

/** What is known of a service's consumers. */
@Injectable()
export class ConsumerMetrics {
  private readonly durables: string[] = [];
  private readonly handled: Counter<'consumer' | 'disposition'>;
  private readonly consumers = sharedLook(() => this.readConsumers());
  private readonly parked = sharedLook(() => this.readParked());

  constructor(
    @Inject(Metrics) metrics: Metrics,
    @Inject(BusConnection) private readonly bus: BusConnection,
    @Inject(DataSource) private readonly database: DataSource,
  ) {
    this.handled = new Counter({
      name: 'nexivo_events_handled_total',
      help: 'What became of events in this replica: done, duplicate, retry (parked for later), dead, or missed (expired before)',
      labelNames: ['consumer', 'disposition'],
      registers: [metrics.registry],
    });
    const of = ['consumer'];
    metrics.gaugeOfService('nexivo_consumer_pending', 'Events in the stream that are not yet delivered', of, async () =>
      (await this.consumers()).map(({ name, num_pending }) => reading(name, num_pending)),
    );
    metrics.gaugeOfService('nexivo_consumer_ack_pending', 'Events delivered and not yet settled', of, async () =>
      (await this.consumers()).map(({ name, num_ack_pending }) => reading(name, num_ack_pending)),
    );
    metrics.gaugeOfService(
      'nexivo_consumer_retrying',
      'Events parked after a failure, waiting for their turn',
      of,
      async () => (await this.parked()).map(({ consumer, retrying }) => reading(consumer, retrying)),
    );
    metrics.gaugeOfService('nexivo_dead_letters', 'Events given up, waiting for an operator', of, async () =>
      (await this.parked()).map(({ consumer, dead }) => reading(consumer, dead)),
    );
  }

  /** Has a consumer of this service shown. */
  follow(durable: string): void {
    this.durables.push(durable);
    for (const disposition of ['done', 'duplicate', 'retry', 'dead', 'missed'])
      this.handled.inc({ consumer: durable, disposition }, 0);
  }

  count(durable: string, disposition: Disposition, events: number): void {
    this.handled.inc({ consumer: durable, disposition }, events);
  }

  private async readConsumers(): Promise<Pick<ConsumerInfo, 'name' | 'num_pending' | 'num_ack_pending'>[]> {
    if (!this.bus.isConnected) return [];
    const { consumers } = await jetStreamOf(this.bus).jetstreamManager(false);
    const { names } = this.bus;
    const infoOf = (durable: string) => consumers.info(names.name(STREAM), names.name(durable));
    return Promise.all(this.durables.map(async (name) => ({ ...(await infoOf(name)), name })));
  }

  /** Counted one by one: each then has an index of its own, which is small. */
  private readParked(): Promise<{ consumer: string; retrying: number; dead: number }[]> {
    return this.database.query(
      `select consumer,
         (select count(*) from inbox where inbox.consumer = each.consumer and state = 'retry')::int as retrying,
         (select count(*) from inbox where inbox.consumer = each.consumer and state = 'dead')::int as dead
       from unnest($1::text[]) each (consumer)`,
      [this.durables],
    );
  }
}

const reading = (consumer: string, value: number): Reading => ({ labels: { consumer }, value });
