import { execFile } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { machineEnv, sourceLoader } from '@nexivo/local/services';
import { type OtlpReceiver, startOtlpReceiver } from '@nexivo/testing/otlp-receiver';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { startSpan, traceRequest } from '@nexivo/bus/tracing';
import { type Logger, pino } from 'pino';
import { readEnv, traceEnv } from '../src/env.js';
import { createLogger } from '../src/logging.js';
import { startTracing, TRACES_PER_SECOND } from '../src/tracing.js';

const silent = createLogger('test', 'silent');
const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).toReversed()) await stop();
});

/** Has traces of this process recorded. @returns what ends it */
async function trace(env: Record<string, string>, logger: Logger = silent): Promise<() => Promise<void>> {
  const stop = await startTracing('jobs', readEnv(traceEnv, env), logger);
  started.push(stop);
  return stop;
}

async function receiver(): Promise<OtlpReceiver> {
  const collector = await startOtlpReceiver();
  started.push(() => collector.stop());
  return collector;
}

const REQUEST = { kind: 'server', name: 'GET /jobs', attributes: { 'http.request.method': 'GET' } } as const;
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';
const sampled = `00-${TRACE_ID}-${PARENT_ID}-01`;
const unsampled = `00-${TRACE_ID}-${PARENT_ID}-00`;

/** How many of so many traces that begin here are recorded. */
function recordedOf(requests: number): number {
  let recorded = 0;
  for (let request = 0; request < requests; request++) {
    const { span, traceparent } = traceRequest(REQUEST, undefined);
    if (span) expect(traceparent).toMatch(/-01$/);
    else expect(traceparent).toBeUndefined();
    span?.end();
    if (span) recorded++;
  }
  return recorded;
}

describe('without a collector', () => {
  it('nothing is recorded, and a trace context is handed on as it came', async () => {
    await trace({});
    expect(traceRequest(REQUEST, sampled)).toEqual({ traceparent: sampled });
    expect(traceRequest(REQUEST, undefined)).toEqual({});
    expect(startSpan(REQUEST, sampled)).toBeUndefined();
  });

  it('the SDK is not loaded, and with one it is', async () => {
    const program = fileURLToPath(new URL('loaded-modules.ts', import.meta.url));
    const loadedWith = async (env: Record<string, string>): Promise<string[]> => {
      const { stdout } = await promisify(execFile)(process.execPath, [...sourceLoader, program], {
        env: { ...machineEnv(), ...env },
      });
      return JSON.parse(stdout) as string[];
    };
    expect(await loadedWith({})).toEqual(['@opentelemetry/api']);
    expect(await loadedWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })).toEqual(
      expect.arrayContaining(['@opentelemetry/exporter-trace-otlp-http', '@opentelemetry/sdk-trace']),
    );
  });
});

describe('a trace', () => {
  it('that began elsewhere is recorded where that one recorded it, whatever the ratio is', async () => {
    const collector = await receiver();
    const stop = await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_TRACES_SAMPLER_ARG: '0' });
    expect(traceRequest(REQUEST, unsampled)).toEqual({ traceparent: unsampled });
    expect(startSpan(REQUEST, unsampled)).toBeUndefined();

    const { span, traceparent } = traceRequest(REQUEST, sampled);
    expect(traceparent).toMatch(new RegExp(`^00-${TRACE_ID}-(?!${PARENT_ID})[0-9a-f]{16}-01$`));
    const child = startSpan({ kind: 'client', name: 'jobs.list', attributes: {} }, traceparent);
    child!.end({ 'nexivohr.outcome': 'service_timeout' }, 'service_timeout');
    span!.end({ 'http.response.status_code': 200 });
    await stop();
    const [, , ownId] = traceparent!.split('-');
    expect(collector.spans.toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
      {
        service: 'nexivohr-jobs',
        traceId: TRACE_ID,
        spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
        parentSpanId: ownId,
        name: 'jobs.list',
        kind: 'client',
        attributes: { 'nexivohr.outcome': 'service_timeout', 'error.type': 'service_timeout' },
        isError: true,
      },
      {
        service: 'nexivohr-jobs',
        traceId: TRACE_ID,
        spanId: ownId,
        parentSpanId: PARENT_ID,
        name: 'GET /jobs',
        kind: 'server',
        attributes: { 'http.request.method': 'GET', 'http.response.status_code': 200 },
        isError: false,
      },
    ]);
  });

  it('that begins here is recorded one time in twenty unless told, and does not begin otherwise', async () => {
    const collector = await receiver();
    const stop = await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
    const recorded = recordedOf(600);
    // 30, with a standard deviation of 5.
    expect(recorded).toBeGreaterThan(8);
    expect(recorded).toBeLessThan(TRACES_PER_SECOND);
    await stop();
    expect(collector.spans).toHaveLength(recorded);
  });

  it('is recorded at most fifty times a second, unless all are to be', async () => {
    await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    const startedAt = performance.now();
    const recorded = recordedOf(5_000);
    const seconds = (performance.now() - startedAt) / 1_000;
    expect(recorded).toBeGreaterThanOrEqual(TRACES_PER_SECOND);
    expect(recorded).toBeLessThanOrEqual(TRACES_PER_SECOND * (1 + seconds));
    await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_SAMPLER_ARG: '1' });
    expect(recordedOf(200)).toBe(200);
  });

  it('begins anew where what came is no trace context', async () => {
    const collector = await receiver();
    await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_TRACES_SAMPLER_ARG: '1' });
    for (const given of [
      `ff-${TRACE_ID}-${PARENT_ID}-01`,
      `00-${'0'.repeat(32)}-${PARENT_ID}-01`,
      `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
    ]) {
      expect(traceRequest(REQUEST, given).traceparent).toMatch(
        /^00-(?!4bf92f|0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/,
      );
      expect(startSpan(REQUEST, given)).toBeUndefined();
    }
  });

  it('goes to the collector with the headers that it asks for', async () => {
    const collector = await receiver();
    const stop = await trace({
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc',
    });
    startSpan(REQUEST, sampled)!.end();
    // While the process runs, too, and not only at its end.
    await eventually(() => expect(collector.spans).toHaveLength(1));
    await stop();
    expect(collector.headers[0]).toMatchObject({ authorization: 'Bearer abc' });
  });
});

describe('a collector that', () => {
  const lines: string[] = [];
  const noted = pino(
    { level: 'info' },
    new Writable({
      write(line: Buffer, _encoding, done) {
        lines.push(line.toString());
        done();
      },
    }),
  );
  const stopMs = async (stop: () => Promise<void>): Promise<number> => {
    const since = performance.now();
    await stop();
    return performance.now() - since;
  };
  const flood = (spans: number): void => {
    for (let count = 0; count < spans; count++) startSpan(REQUEST, sampled)!.end();
  };

  it.each([
    ['nobody listens for', async () => 'http://127.0.0.1:1'],
    [
      'takes and says nothing',
      async () => {
        const server = createServer((socket) => socket.on('error', () => undefined).resume());
        await new Promise<void>((resolve) => {
          server.listen(0, '127.0.0.1', resolve);
        });
        started.push(() => new Promise((resolve) => void server.close(() => resolve())));
        return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      },
    ],
  ])('%s hurts nobody: no span waits for it, and the end two seconds at most', async (_, at) => {
    lines.length = 0;
    const stop = await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: await at() }, noted);
    flood(20_000);
    expect(await stopMs(stop)).toBeLessThan(scaled(3_000));
    // The first failure at most.
    expect(lines.length).toBeLessThanOrEqual(1);
  });

  it('is given too much at once gets what fits into the queue', async () => {
    const collector = await receiver();
    const stop = await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
    flood(20_000);
    await stop();
    expect(collector.spans.length).toBeGreaterThan(0);
    expect(collector.spans.length).toBeLessThanOrEqual(4_096 + 512);
  });

  it('refuses is told of once', async () => {
    lines.length = 0;
    const collector = await receiver();
    const stop = await trace({ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/elsewhere` }, noted);
    for (let batch = 1; batch <= 3; batch++) {
      flood(1);
      await eventually(() => expect(collector.headers).toHaveLength(batch));
    }
    await stop();
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'exporting traces: what it needs is away; trying on',
    ]);
  });
});
