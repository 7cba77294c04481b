import { Controller, Get, Global, Inject, Injectable, Module, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { failuresByLoop } from './failure-log.js';
import { withTimeLimit } from './time-limit.js';

/** One value of a gauge. */
export interface Reading {
  readonly labels?: Record<string, string>;
  readonly value: number;
}

/** Whoever scrapes gives up soon, so one part that does not answer must not keep the others from being seen. */
const READ_TIMEOUT_MS = 1_000;

/** Where a service's parts put what they measure. One for each service in a process, and not prom-client's global one. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  constructor() {
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

  /** A counter of which another keeps count. */
  counter(name: string, help: string, read: () => number): void {
    const counter = new Counter({
      name,
      help,
      registers: [],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
    this.registry.registerMetric(counter);
  }
}

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

/** {@link Metrics}, for a service that serves them elsewhere: the gateway, whose port the world may see. */
@Global()
@Module({ providers: [Metrics], exports: [Metrics] })
export class MetricsRegistryModule {}

/** `GET /metrics` beside the health of a service. */
@Global()
@Module({ imports: [MetricsRegistryModule], controllers: [MetricsController], exports: [MetricsRegistryModule] })
export class MetricsModule {}
