import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { candidate } from '../src/candidates.js';
import {
  addedMembers,
  anyEvent,
  asInEvents,
  type Event,
  EVENT_TYPES,
  eventFilters,
  eventOf,
  eventSubject,
  type EventType,
  eventTypes,
  parseEventSubject,
} from '../src/events.js';

const directory = join(import.meta.dirname, 'golden');
const SUMS = 'SHA256SUMS';
const files = readdirSync(directory).filter((name) => name !== SUMS);
const goldenFile = (type: EventType, version: number): string => `${type}.v${version}.json`;
const read = (file: string): Event => JSON.parse(readFileSync(join(directory, file), 'utf8')) as Event;
const golden = (type: EventType): Event => read(goldenFile(type, eventTypes[type].version));
/** The first event of a type that was ever published. */
const oldest = (type: EventType): Event => read(goldenFile(type, 1));

describe('a golden file', () => {
  it('is kept of each type of event and each version it has had', () => {
    const wanted = EVENT_TYPES.flatMap((type) =>
      Array.from({ length: eventTypes[type].version }, (_, before) => goldenFile(type, before + 1)),
    );
    expect(files).toEqual(expect.arrayContaining(wanted));
  });

  it('is frozen: none is changed or gone, and a new one has its line in SHA256SUMS', () => {
    const lines = readFileSync(join(directory, SUMS), 'utf8').trimEnd().split('\n');
    const sums = files.map((file) => {
      const sum = createHash('sha256').update(readFileSync(join(directory, file)));
      return `${sum.digest('hex')}  ${file}`;
    });
    expect(sums.toSorted()).toEqual(lines.toSorted());
  });

  it.each(files)('%s is what the contract still means, to the last member; if not, the version goes up', (file) => {
    const event = read(file);
    expect(eventOf(event.type).parse(event)).toEqual(event);
    expect(anyEvent.parse(event)).toEqual(event);
  });
});

const isAdded = (kind: keyof typeof addedMembers, name: string): boolean =>
  (addedMembers[kind] as readonly string[]).includes(name);

describe('a member that a resource gets later', () => {
  // As it was before it got any, so that one that it gets for real is not in the way.
  const first = z.object(
    Object.fromEntries(Object.entries(candidate.shape).filter(([name]) => !isAdded('candidate', name))),
  );
  const later = first.extend({ a_new_one: z.string().nullable() }).meta({ id: 'Candidate', description: 'Someone' });
  const inEvents = asInEvents(later, ['a_new_one']);
  const { object } = oldest('candidate.created').data;

  it('is optional for readers of events, while the API has it always', () => {
    expect(later.safeParse(object).success).toBe(false);
    expect(inEvents.parse(object)).toEqual(object);
    expect(inEvents.parse({ ...object, a_new_one: null })).toEqual({ ...object, a_new_one: null });
    expect(inEvents.safeParse({ ...object, a_new_one: 7 }).success).toBe(false);
  });

  it('is optional in the document too, under a name of its own', () => {
    const { $defs } = z.toJSONSchema(z.object({ inEvents, later }));
    expect($defs!['CandidateInEvent']!.required).toEqual(Object.keys(object));
    expect($defs!['Candidate']!.required).toEqual([...Object.keys(object), 'a_new_one']);
  });

  it('is in a frozen golden, so that no release can lose it', () => {
    for (const [kind, members] of Object.entries(addedMembers)) {
      const events = files.map(read).filter(({ type }) => type.startsWith(`${kind}.`));
      const seen = new Set(events.flatMap(({ data }) => Object.keys(data.object)));
      expect([...seen]).toEqual(expect.arrayContaining([...members]));
    }
  });

  it('is the only one that may be optional: an older event lacks it, and none lacks another', () => {
    for (const type of EVENT_TYPES) {
      const event = oldest(type);
      const [kind] = type.split('.') as [keyof typeof addedMembers];
      const added: readonly string[] = addedMembers[kind];
      const olderOnes = EVENT_TYPES.filter((other) => other.startsWith(`${kind}.`)).map(oldest);
      for (const member of added) expect(olderOnes.some(({ data }) => !(member in data.object))).toBe(true);
      for (const missing of Object.keys(event.data.object).filter((member) => !added.includes(member))) {
        const { [missing]: _, ...rest } = event.data.object as Record<string, unknown>;
        const lacking = { ...event, data: { ...event.data, object: rest } };
        expect(eventOf(type).safeParse(lacking).success).toBe(false);
        expect(anyEvent.safeParse(lacking).success).toBe(false);
      }
    }
  });
});

describe('an event', () => {
  it.each(EVENT_TYPES)('%s with members that its reader does not know is read without them', (type) => {
    const event = golden(type);
    const later = {
      ...event,
      added: 1,
      data: { ...event.data, added: 1, object: { ...event.data.object, added: { deep: true } } },
    };
    expect(eventOf(type).parse(later)).toEqual(event);
    expect(anyEvent.parse(later)).toMatchObject({ id: event.id, type, data: { previous: event.data.previous } });
  });

  it.each(EVENT_TYPES)('%s is read as no other type', (type) => {
    const others = EVENT_TYPES.filter((other) => other !== type);
    for (const other of others) expect(eventOf(other).safeParse(golden(type)).success).toBe(false);
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
    expect(eventOf('candidate.created').safeParse(event).success).toBe(false);
  });

  it('says in `previous` what its own kind of object can say', () => {
    const event = golden('submission.placed');
    const wrong = { ...event, data: { ...event.data, previous: { stage: 'nowhere' } } };
    expect(eventOf('submission.placed').safeParse(wrong).success).toBe(false);
    expect(anyEvent.safeParse(wrong).success).toBe(false);
  });
});

describe('the subject of an event', () => {
  it('names resource, object and what happened, and is read as that', () => {
    expect(eventSubject('submission.stage_changed', '019ab2f3')).toBe('events.submission.019ab2f3.stage_changed');
    for (const type of EVENT_TYPES) {
      expect(type).toMatch(/^(candidate|job|submission|webhook)\.[a-z_]+$/);
      expect(parseEventSubject(eventSubject(type, 'id'))).toEqual({ type, objectId: 'id' });
    }
  });

  it('has a form without the object, which releases up to 0.1 published, and consumers ask for both', () => {
    expect(parseEventSubject('events.candidate.updated')).toEqual({ type: 'candidate.updated' });
    expect(eventFilters('candidate.updated')).toEqual(['events.candidate.*.updated', 'events.candidate.updated']);
  });

  it.each([
    'events',
    'events.candidate',
    'events.candidate.id.was.updated',
    'events.candidate..updated',
    'events.candidate.updated ',
    'jobs.events.candidate.updated',
  ])('is not %j', (subject) => {
    const named = parseEventSubject(subject);
    expect(EVENT_TYPES).not.toContain(named?.type);
  });
});
