import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api } from '@nexivo/testing/api';
import { type ExportedSpan, type OtlpReceiver, startOtlpReceiver } from '@nexivo/testing/otlp-receiver';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { scaled } from '@nexivo/testing/time';
import { type RunningStack, runStack } from './running-stack.js';

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
const candidate = { first_name: 'Zoë', last_name: 'Quixote', email: 'zoe.quixote@example.com' };

let collector: OtlpReceiver;
let running: RunningStack;
let receiver: Receiver;
let api: Api;

const start = async (env: Record<string, string>): Promise<void> => {
  running = await runStack({ env: { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true', ...env } });
  receiver = await startReceiver();
  api = await running.client();
};
const stop = async (): Promise<void> => {
  await running.stop();
  await receiver.stop();
};

const spansOf = (traceId: string): ExportedSpan[] => collector.spans.filter((span) => span.traceId === traceId);

describe('with every trace recorded', () => {
  beforeAll(async () => {
    collector = await startOtlpReceiver();
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_TRACES_SAMPLER_ARG: '1' });
  });
  afterAll(async () => {
    await stop();
    await collector.stop();
  });

  it('one trace leads from the request by command, SQL, outbox and consumer to each attempt at its delivery', async () => {
    await api.post('/webhooks', { url: receiver.url, events: ['candidate.created'] });
    receiver.answer = () => ({ status: receiver.requests.length === 1 ? 500 : 200 });
    const traceId = hex(16);
    const callerId = hex(8);
    const created = await api.send('POST', '/candidates', candidate, {
      traceparent: `00-${traceId}-${callerId}-01`,
      'x-request-id': 'traced-1',
    });
    expect(created.status).toBe(201);
    await eventually(() => expect(receiver.requests).toHaveLength(2));
    const spans = await eventually(() => {
      const found = spansOf(traceId);
      expect(found.filter(({ name }) => name === 'deliver candidate.created')).toHaveLength(2);
      return found;
    });

    const only = (service: string, kind: ExportedSpan['kind'], name: string): ExportedSpan => {
      const [span, ...others] = spans.filter(
        (each) => each.service === service && each.kind === kind && each.name === name,
      );
      expect({ name, found: span !== undefined, others }).toEqual({ name, found: true, others: [] });
      return span!;
    };
    const request = only('nexivohr-gateway', 'server', 'POST /ats/api/v1/candidates');
    const asking = only('nexivohr-gateway', 'client', 'candidates.create');
    const answering = only('nexivohr-candidates', 'server', 'candidates.create');
    const row = only('nexivohr-candidates', 'client', 'INSERT candidates');
    const outbox = only('nexivohr-candidates', 'client', 'INSERT outbox');
    const commit = only('nexivohr-candidates', 'client', 'COMMIT');
    const published = only('nexivohr-candidates', 'producer', 'publish candidate.created');
    const consumed = only('nexivohr-webhooks', 'consumer', 'process candidate.created');
    const recorded = only('nexivohr-webhooks', 'client', 'INSERT events');
    const [first, second] = spans.filter(({ name }) => name === 'deliver candidate.created');

    const parentOf = (span: ExportedSpan): string | undefined => span.parentSpanId;
    expect(parentOf(request)).toBe(callerId);
    expect(parentOf(asking)).toBe(request.spanId);
    expect(parentOf(answering)).toBe(asking.spanId);
    for (const statement of [row, outbox, commit]) expect(parentOf(statement)).toBe(answering.spanId);
    expect(parentOf(published)).toBe(answering.spanId);
    expect(parentOf(consumed)).toBe(published.spanId);
    expect(parentOf(recorded)).toBe(consumed.spanId);
    for (const attempt of [first!, second!]) expect(parentOf(attempt)).toBe(consumed.spanId);

    expect(request.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/ats/api/v1/candidates',
      'http.response.status_code': 201,
      'nexivohr.request_id': 'traced-1',
    });
    expect(row.attributes).toMatchObject({ 'db.system.name': 'postgresql', 'db.collection.name': 'candidates' });
    expect([first, second].map((each) => [each!.isError, each!.attributes['http.response.status_code']])).toEqual([
      [true, 500],
      [false, 200],
    ]);
    // Each request tells its subscriber of the attempt that it is.
    expect(receiver.requests.map(({ headers }) => headers['traceparent'])).toEqual(
      [first, second].map((each) => `00-${traceId}-${each!.spanId}-01`),
    );
    expect(JSON.stringify(collector.spans)).not.toMatch(/Zoë|Quixote|example\.com/);
  });

  it('a request that is not traced begins a trace, which the subscriber is told of', async () => {
    const before = receiver.requests.length;
    receiver.answer = () => ({ status: 200 });
    await api.send('POST', '/candidates', candidate, { 'x-request-id': 'untraced-1' });
    await eventually(() => expect(receiver.requests.length).toBe(before + 1));
    const [, traceId] = String(receiver.requests.at(-1)!.headers['traceparent']).split('-');
    const root = await eventually(() => {
      const found = spansOf(traceId!).find(({ kind, service }) => kind === 'server' && service === 'nexivohr-gateway');
      expect(found).toBeDefined();
      return found!;
    });
    expect(root.parentSpanId).toBeUndefined();
    expect(root.attributes['nexivohr.request_id']).toBe('untraced-1');
  });

  it('a fault is an error of every span that it went through, and a refusal of none', async () => {
    const faulty = hex(16);
    await running.stack.services.jobs.stop();
    await api.send('GET', '/jobs', undefined, { traceparent: `00-${faulty}-${hex(8)}-01` });
    await running.stack.services.jobs.start();
    const refused = hex(16);
    await api.send('GET', `/jobs/${'0'.repeat(8)}-0000-7000-8000-000000000000`, undefined, {
      traceparent: `00-${refused}-${hex(8)}-01`,
    });
    await eventually(() => {
      const errors = (traceId: string): string[] =>
        spansOf(traceId)
          .filter(({ attributes }) => attributes['db.system.name'] === undefined)
          .map(({ kind, isError, attributes }) => `${kind} ${isError} ${attributes['error.type'] ?? ''}`)
          .toSorted();
      expect(errors(faulty)).toEqual(['client true service_unavailable', 'server true service_unavailable']);
      expect(errors(refused)).toEqual(['client false ', 'server false ', 'server false ']);
    });
  });
});

describe('with a collector that is away', () => {
  beforeAll(() => start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_SAMPLER_ARG: '1' }));
  afterAll(stop);

  it('requests are served, deliveries sent, and services end as soon as ever', async () => {
    await api.post('/webhooks', { url: receiver.url, events: ['candidate.created'] });
    for (let request = 0; request < 20; request++) {
      expect((await api.post('/candidates', { ...candidate, email: `c${request}@example.com` })).status).toBe(201);
    }
    await eventually(() => expect(receiver.requests).toHaveLength(20));
    for (const service of ['candidates', 'gateway'] as const) {
      const since = performance.now();
      await running.stack.services[service].stop();
      expect(performance.now() - since).toBeLessThan(scaled(5_000));
      await running.stack.services[service].start();
    }
  });
});

describe('with the ratio that there is unless told', () => {
  beforeAll(async () => {
    collector = await startOtlpReceiver();
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
  });
  afterAll(async () => {
    await stop();
    await collector.stop();
  });

  it('a trace is recorded if its caller records it, and not if he does not', async () => {
    await api.post('/webhooks', { url: receiver.url, events: ['candidate.created'] });
    const unsampled = `00-${hex(16)}-${hex(8)}-00`;
    const sampled = hex(16);
    const created = await api.send('POST', '/candidates', candidate, { traceparent: unsampled });
    expect(created.status).toBe(201);
    await eventually(() => expect(receiver.requests).toHaveLength(1));
    expect(receiver.requests[0]!.headers['traceparent']).toBe(unsampled);
    await api.send('POST', '/candidates', candidate, { traceparent: `00-${sampled}-${hex(8)}-01` });
    // The last of the second is exported later than all of the first would have been.
    await eventually(() => expect(spansOf(sampled).map(({ name }) => name)).toContain('deliver candidate.created'));
    expect(spansOf(unsampled.split('-')[1]!)).toEqual([]);
  });
});
