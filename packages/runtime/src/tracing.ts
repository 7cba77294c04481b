import { traceWith } from '@nexivo/bus/tracing';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import { buildOf } from './build.js';
import type { EnvOf, traceEnv } from './env.js';
import { FailureLog } from './failure-log.js';
import { RateLimit } from './rate-limit.js';
import { withTimeLimit } from './time-limit.js';

/** Where traces go to, from the environment. */
export type TraceSettings = EnvOf<typeof traceEnv>;

/** How many traces a process begins to record in a second, unless it is told to record all: more cost much and show little that is new. */
export const TRACES_PER_SECOND = 50;
/** Spans that wait to be exported. Those that do not fit are dropped. */
const QUEUED_SPANS = 4_096;
const BATCH_SPANS = 512;
const EXPORT_EVERY_MS = 1_000;
/** How long a batch may take, attempts that are repeated included. */
const EXPORT_TIMEOUT_MS = 5_000;
/** How long the end of the process waits for what is not exported yet. */
const LAST_EXPORT_MS = 2_000;

/**
 * Has traces recorded and exported by OTLP over HTTP, if the environment says where to. The SDK is loaded then and not before.
 *
 * @param service its name
 * @returns what exports the rest, within two seconds, once there is nothing left to trace
 */
export async function startTracing(service: string, env: TraceSettings, logger: Logger): Promise<() => Promise<void>> {
  const {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: headers,
    OTEL_TRACES_SAMPLER_ARG: ratio,
  } = env;
  if (endpoint === undefined) return () => Promise.resolve();
  const [sdk, { resourceFromAttributes }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    ...(headers && { headers }),
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': `nexivohr-${service}`,
      'service.version': buildOf(undefined).version,
    }),
    // Spans are made for what is recorded alone.
    sampler: new sdk.AlwaysOnSampler(),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: reporting(exporter, logger),
        maxQueueSize: QUEUED_SPANS,
        maxExportBatchSize: BATCH_SPANS,
        scheduledDelayMillis: EXPORT_EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  traceWith(provider.getTracer('nexivohr'), decideBy(ratio));
  return async () => {
    traceWith(undefined);
    await withTimeLimit(provider.shutdown(), LAST_EXPORT_MS).catch(() => undefined);
  };
}

/** Decides for each trace that begins here, before anything is made of it. */
function decideBy(ratio: number): () => boolean {
  if (ratio === 1) return () => true;
  const limit = new RateLimit(TRACES_PER_SECOND, TRACES_PER_SECOND);
  return () => {
    if (Math.random() >= ratio || limit.available(performance.now()) < 1) return false;
    limit.take(1);
    return true;
  };
}

/** Tells the log of an exporter that fails, a line a minute at most. */
function reporting(exporter: SpanExporter, logger: Logger): SpanExporter {
  const failures = new FailureLog(logger, 'exporting traces');
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        // A collector that is away costs traces and nothing else.
        if (result.error) failures.failed(result.error, 'away');
        else failures.succeeded();
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
