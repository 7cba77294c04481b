import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  anyEvent,
  type Event,
  EVENT_TYPES,
  eventOf,
  eventSubject,
  type EventType,
  eventTypes,
  storedEventOf,
} from '../src/events.js';

const directory = join(import.meta.dirname, 'golden');
const goldenFile = (type: EventType, version: number): string => `${type}.v${version}.json`;
const golden = (type: EventType): Event =>
  JSON.parse(readFileSync(join(directory, goldenFile(type, eventTypes[type].version)), 'utf8')) as Event;

describe('a golden file', () => {
  it('is kept of each type of event and each version it has had', () => {
    const wanted = EVENT_TYPES.flatMap((type) =>
      Array.from({ length: eventTypes[type].version }, (_, before) => goldenFile(type, before + 1)),
    );
    expect(readdirSync(directory).toSorted()).toEqual(wanted.toSorted());
  });

  it.each(EVENT_TYPES)(
    'of %s is what the contract still means, to the last member; if not, the version goes up',
    (type) => {
      expect(storedEventOf(type).parse(golden(type))).toEqual(golden(type));
    },
  );
});

describe('an event', () => {
  it.each(EVENT_TYPES)('%s with members that its reader does not know is read without them', (type) => {
    const event = golden(type);
    const later = {
      ...event,
      added: 1,
      data: { ...event.data, added: 1, object: { ...event.data.object, added: { deep: true } } },
    };
    expect(storedEventOf(type).parse(later)).toEqual(event);
    expect(anyEvent.parse(later)).toMatchObject({ id: event.id, type, data: { previous: event.data.previous } });
  });

  it.each(EVENT_TYPES)('%s that was stored before a member was added is read without it', (type) => {
    const event = golden(type);
    const { created_at: _, ...object } = event.data.object;
    const earlier = { ...event, data: { ...event.data, object } };
    expect(storedEventOf(type).parse(earlier)).toEqual(earlier);
    expect(eventOf(type).safeParse(earlier).success).toBe(false);
  });

  it.each(EVENT_TYPES)('%s is read as no other type', (type) => {
    const others = EVENT_TYPES.filter((other) => other !== type);
    for (const other of others) expect(storedEventOf(other).safeParse(golden(type)).success).toBe(false);
  });

  it.each<[string, object]>([
    ['an id that is none', { id: '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e' }],
    ['a type that is none', { type: 'submission.updated' }],
    ['no account', { account_id: undefined }],
    ['a version that is no whole number', { resource_version: 1.5 }],
    ['no object', { data: { previous: null } }],
    ['no previous', { data: { object: golden('candidate.created').data.object } }],
  ])('with %s is refused', (_, change) => {
    const event = { ...golden('candidate.created'), ...change };
    expect(anyEvent.safeParse(event).success).toBe(false);
    expect(storedEventOf('candidate.created').safeParse(event).success).toBe(false);
  });

  it('is published on a subject of its own, below that of its resource', () => {
    expect(EVENT_TYPES.map(eventSubject)).toEqual(EVENT_TYPES.map((type) => `events.${type}`));
    for (const type of EVENT_TYPES) expect(type).toMatch(/^(candidate|job|submission)\.[a-z_]+$/);
  });
});
