import { describe, expect, it } from '@jest/globals';
import { SCOPES } from '../src/accounts.js';
import { sentEvent } from '../src/deliveries.js';
import { eventExample } from '../src/event-examples.js';
import { EVENT_TYPES, eventOf, readScopeOf } from '../src/events.js';
import { failedDeliveries, redeliverFailedInput, redelivery, redeliveryRoutes } from '../src/redeliveries.js';
import { createReplayInput, replay } from '../src/replays.js';
import { webhookHealth } from '../src/webhook-health.js';

describe.each(EVENT_TYPES)('%s', (type) => {
  it('has an example that is what readers are promised, with what changed before it', () => {
    const example = eventExample(type);
    expect(eventOf(type).parse(example)).toEqual(example);
    const { object, previous } = example.data;
    for (const [name, value] of Object.entries(previous ?? {})) expect(object).not.toHaveProperty([name], value);
    expect(previous === null).toBe(type.endsWith('.created'));
  });

  it('may be sent as an example, marked as a test', () => {
    const marked = { ...eventExample(type), test: true };
    expect(sentEvent.parse(marked)).toEqual(marked);
    expect(sentEvent.safeParse({ ...marked, test: false }).success).toBe(false);
  });

  it('is read by a scope that tokens can have', () => {
    expect(SCOPES).toContain(readScopeOf(type));
    expect(readScopeOf(type).split(':')[0]).toBe(`${type.split('.')[0]}s`);
  });
});

describe('the jobs of webhooks', () => {
  it.each([
    ['failedDeliveries', failedDeliveries],
    ['redelivery', redelivery],
    ['replay', replay],
    ['webhookHealth', webhookHealth],
  ])('%s has an example that is what readers are promised', (_, schema) => {
    const example = schema.meta()!['example'];
    expect(schema.parse(example)).toEqual(example);
  });

  it('are asked for with times that have an offset, and with nothing that is unknown', () => {
    const since = '2026-11-23T13:00:00+01:00';
    const read = { since: '2026-11-23T12:00:00.000Z' };
    expect(redeliverFailedInput.parse({ since })).toEqual(read);
    expect(createReplayInput.parse({ since, until: since })).toEqual({ ...read, until: read.since });
    for (const wrong of [
      {},
      { since: 'yesterday' },
      { since, event_type: 'job.opened' },
      { since, status: 'failed' },
    ]) {
      expect(redeliverFailedInput.safeParse(wrong).success).toBe(false);
    }
    expect(redeliveryRoutes.count.path).toBe(redeliveryRoutes.create.path);
  });
});
