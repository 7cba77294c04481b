import { Controller, Get, Inject, Module, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { failuresByLoop } from './failure-log.js';
import { singleFlight } from './single-flight.js';
import { withTimeLimit } from './time-limit.js';

/** One value of a gauge. */
export interface Reading {
  readonly labels?: Record<string, string>;
  readonly value: number;
}

/** Whoever scrapes gives up soon, so one part that does not answer must not keep the others from being seen. */
const READ_TIMEOUT_MS = 1_500;
/** For how long what one look has found serves all gauges that share it: a scrape takes less. */
const LOOK_SERVES_MS = 1_000;

/** What the help of a gauge says where every replica of a service shows the same. */
const OF_THE_SERVICE = 'of the whole service, not of one replica: aggregate with max';

/** Which program a process runs. */
export interface Build {
  readonly version: string;
  /** `unknown` where nobody has said it. */
  readonly commit: string;
}

/**
 * Where a service's parts put what they measure. One for each service in a process, and not prom-client's global one.
 *
 * Every sample has the label `service_name`, so that rules and dashboards work however a scrape names its targets; `service` would be
 * one that scrapes in Kubernetes set themselves.
 */
export class Metrics {
  readonly registry = new Registry();

  /** @param service its name; samples have no such label without one */
  constructor(service?: string) {
    if (service !== undefined) this.registry.setDefaultLabels({ service_name: service });
    collectDefaultMetrics({ register: this.registry });
    const failures = new Counter({
      name: 'nexivo_loop_failures_total',
      help: 'Failures of work that is tried on until it succeeds, by the loop that does it',
      labelNames: ['loop'],
      registers: [],
      collect() {
        this.reset();
        for (const [loop, count] of failuresByLoop) this.inc({ loop }, count);
      },
    });
    this.registry.registerMetric(failures);
  }

  /** A gauge that is read when it is asked for. If that fails or takes too long it has no value, rather than an old one. */
  gauge(name: string, help: string, labelNames: readonly string[], read: () => Promise<readonly Reading[]>): void {
    const gauge = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [],
      async collect() {
        const readings = await orNone(read());
        this.reset();
        // Without labels it would be 0 from the start.
        if (labelNames.length === 0) this.remove();
        for (const { labels = {}, value } of readings) this.set(labels, value);
      },
    });
    this.registry.registerMetric(gauge);
  }

  /** A {@link gauge} that every replica shows alike, because it is the database or the bus that answers. */
  gaugeOfService(...[name, help, labelNames, read]: Parameters<Metrics['gauge']>): void {
    this.gauge(name, `${help}; ${OF_THE_SERVICE}`, labelNames, read);
  }

  /** A counter of which another keeps count. */
  counter(name: string, help: string, read: () => number): void {
    this.counters(name, help, [], () => [{ value: read() }]);
  }

  /** Counters, told apart by labels, of which another keeps count. */
  counters(name: string, help: string, labelNames: readonly string[], read: () => readonly Reading[]): void {
    const counter = new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [],
      collect() {
        this.reset();
        for (const { labels = {}, value } of read()) this.inc(labels, value);
      },
    });
    this.registry.registerMetric(counter);
  }
}

/** One look for all gauges that show a part of it, and for whoever else scrapes in the same second. */
export const sharedLook = <Seen>(look: () => Promise<Seen>): (() => Promise<Seen>) =>
  singleFlight(look, LOOK_SERVES_MS);

/** Whoever is away says so himself, in the log and to the health probes. */
const orNone = (read: Promise<readonly Reading[]>): Promise<readonly Reading[]> =>
  withTimeLimit(read, READ_TIMEOUT_MS).catch(() => []);

/** What monitoring reads, in the text format of Prometheus. */
@Controller('metrics')
class MetricsController {
  constructor(@Inject(Metrics) private readonly metrics: Metrics) {}

  @Get()
  async read(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const { registry } = this.metrics;
    reply.type(registry.contentType);
    return registry.metrics();
  }
}

/** `GET /metrics` beside the health of a service whose port is for operators alone. */
@Module({ controllers: [MetricsController] })
export class MetricsModule {}
