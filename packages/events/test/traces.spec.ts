import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readEnv, traceEnv } from '@nexivo/runtime/env';
import { createLogger } from '@nexivo/runtime/logging';
import { startTracing } from '@nexivo/runtime/tracing';
import { type ExportedSpan, type OtlpReceiver, startOtlpReceiver } from '@nexivo/testing/otlp-receiver';
import { eventually } from '@nexivo/testing/poll';
import { deadLetter } from '../src/consumer.js';
import {
  CONSUMER,
  type ConsumingWorld,
  failingFor,
  IN_ORDER,
  newEvent,
  newEvents,
  startConsumingWorld,
  subjectOf,
} from './consuming-world.js';

let service: ConsumingWorld;
let collector: OtlpReceiver;
let stopTracing: () => Promise<void>;

beforeAll(async () => {
  service = await startConsumingWorld();
});
beforeEach(async () => {
  collector = await startOtlpReceiver();
  const env = readEnv(traceEnv, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
  stopTracing = await startTracing('webhooks', env, createLogger('test', 'silent'));
});
afterEach(async () => {
  await service.reset();
  await stopTracing();
  await collector.stop();
});
afterAll(() => service.stop());

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const traceparent = `00-${TRACE_ID}-${PARENT_ID}-01`;
const traced = { 'Nexivo-Event-Version': '1', traceparent };

/** What is exported of a trace once the replicas have stopped. */
async function exported(): Promise<readonly ExportedSpan[]> {
  await service.reset();
  await stopTracing();
  return collector.spans;
}
const summary = ({ name, kind, parentSpanId, isError, attributes }: ExportedSpan) => ({
  name,
  kind,
  parentSpanId,
  isError,
  outcome: attributes['nexivohr.outcome'],
});
const process = (outcome: string) => ({
  name: 'process candidate.created',
  kind: 'consumer',
  parentSpanId: PARENT_ID,
  isError: outcome !== 'ack',
  outcome,
});

describe.each([
  ['in any order', CONSUMER],
  ['in order', IN_ORDER],
])('a consumer of events %s', (_, consumer) => {
  it('handles, retries and gives up in the trace of the event', async () => {
    const event = newEvent();
    await service.run({ ...failingFor(() => true), consumer }, { retryDelaysMs: [20, 20] });
    await service.publishRaw(subjectOf(event), JSON.stringify(event), traced);
    await eventually(async () => expect(await service.inbox()).toMatchObject([{ state: 'dead' }]));
    const spans = await exported();
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]));
    expect(spans.map(summary)).toEqual([
      process('retry'),
      process('retry'),
      process('retry'),
      { name: 'dead letter', kind: 'internal', parentSpanId: PARENT_ID, isError: true, outcome: undefined },
    ]);
    expect(spans[0]!.attributes).toEqual({
      'messaging.system': 'nats',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'messaging.destination.name': 'EVENTS',
      'messaging.consumer.group.name': consumer.durable,
      'messaging.message.id': event.id,
      'nexivohr.account_id': event.account_id,
      'nexivohr.request_id': event.request_id,
      'nexivohr.outcome': 'retry',
      'error.type': 'retry',
    });
  });

  it('gives each event of a batch the trace context of its own handling', async () => {
    const events = newEvents(3);
    for (const [index, event] of events.entries()) {
      await service.publishRaw(subjectOf(event), JSON.stringify(event), index === 1 ? {} : traced);
    }
    const replica = await service.run({ consumer });
    await eventually(async () => expect(await service.effects()).toHaveLength(3));
    const spans = await exported();
    expect(spans.map(summary)).toEqual([process('ack'), process('ack')]);
    const handed = new Map(replica.calls.flat().map(({ event, traceparent: of }) => [event.id, of]));
    expect(handed.get(events[1]!.id)).toBeUndefined();
    for (const { spanId, attributes } of spans) {
      expect(handed.get(String(attributes['messaging.message.id']))).toBe(`00-${TRACE_ID}-${spanId}-01`);
    }
  });
});

it('what cannot be read is a dead letter in the trace that it came with', async () => {
  await service.run();
  await service.publishRaw(subjectOf(newEvent()), 'not json', traced);
  await eventually(async () => expect(await service.inbox()).toMatchObject([{ state: 'dead' }]));
  expect((await exported()).map(({ traceId, name, parentSpanId }) => [traceId, name, parentSpanId])).toEqual([
    [TRACE_ID, 'dead letter', PARENT_ID],
  ]);
});

it('a dead letter that is handled again goes on in the trace of the event', async () => {
  const event = newEvent();
  const first = await service.run({ handle: () => Promise.resolve(deadLetter('no')) });
  await service.publishRaw(subjectOf(event), JSON.stringify(event), traced);
  await eventually(async () => expect(await service.inbox()).toMatchObject([{ state: 'dead' }]));
  await first.stop();
  await service.world.sql('webhooks', `update inbox set state = 'retry', attempts = 0, due_at = clock_timestamp()`);
  await service.run();
  await eventually(async () => expect(await service.effects()).toEqual([event.id]));
  const spans = await exported();
  expect(spans.map(({ name, attributes }) => [name, attributes['nexivohr.outcome']])).toEqual([
    ['process candidate.created', 'dead'],
    ['dead letter', undefined],
    ['process candidate.created', 'ack'],
  ]);
  expect(new Set(spans.map(({ traceId, parentSpanId }) => `${traceId} ${parentSpanId}`))).toEqual(
    new Set([`${TRACE_ID} ${PARENT_ID}`]),
  );
});

it('an event whose trace is not recorded is handed over with the trace context that came', async () => {
  const event = newEvent();
  const unsampled = traceparent.replace(/01$/, '00');
  const replica = await service.run();
  await service.publishRaw(subjectOf(event), JSON.stringify(event), { ...traced, traceparent: unsampled });
  await eventually(() => expect(replica.calls.flat()).toMatchObject([{ traceparent: unsampled }]));
  expect(await exported()).toEqual([]);
});
