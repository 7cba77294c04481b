import type { ErrorCode } from '@nexivo/contracts/errors';
import type { Metrics } from '@nexivo/runtime/metrics';
import { Counter, Histogram } from 'prom-client';

/** The share of requests within 0.5 s is what the latency objective is about (ops/prometheus). */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The path of a route that does not exist, and the method of what was no request. */
const NONE = 'none';

/** What monitoring reads of requests. Paths are those of routes, so that there are as many as routes. */
export class HttpMetrics {
  private readonly requests: Counter<'method' | 'route' | 'status'>;
  private readonly durations: Histogram<'method' | 'route'>;
  private readonly errors: Counter<'code'>;

  /** @param inFlight how many requests are under way */
  constructor(metrics: Metrics, inFlight: () => number) {
    const registers = [metrics.registry];
    this.requests = new Counter({
      name: 'nexivo_http_requests_total',
      help: 'Requests that were answered, without those for health',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.durations = new Histogram({
      name: 'nexivo_http_request_duration_seconds',
      help: 'From the head of a request to the end of its answer, without those for health',
      labelNames: ['method', 'route'],
      buckets: BUCKETS_S,
      registers,
    });
    this.errors = new Counter({
      name: 'nexivo_http_errors_total',
      help: 'Requests that were answered with an error, by its code',
      labelNames: ['code'],
      registers,
    });
    metrics.gauge('nexivo_http_requests_in_flight', 'Requests that are under way', [], () =>
      Promise.resolve([{ value: inFlight() }]),
    );
  }

  answered(method: string, route: string | undefined, status: number, ms: number): void {
    // Of what has no route the method may be anything.
    const labels = { method: route === undefined ? NONE : method, route: route ?? NONE };
    this.durations.observe(labels, ms / 1_000);
    this.requests.inc({ ...labels, status });
  }

  failed(code: ErrorCode): void {
    this.errors.inc({ code });
  }
}
