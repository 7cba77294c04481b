import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Event, EVENT_TYPES, eventSubject } from '@nexivo/contracts/events';
import { readEvent } from '../src/read-event.js';

/** Events as every release has published them, frozen in the contracts. */
const directory = join(import.meta.dirname, '../../contracts/test/golden');
const goldens = readdirSync(directory)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name, event: JSON.parse(readFileSync(join(directory, name), 'utf8')) as Event }));

const versionOf = (name: string): number => Number(/\.v(\d+)\./.exec(name)![1]);
const read = (subject: string, event: Event, version: number | null = null) =>
  readEvent({ subject, version, traceparent: null, json: JSON.stringify(event) }, EVENT_TYPES);

describe.each(goldens)('$name', ({ name, event }) => {
  const { type, data } = event;
  const version = versionOf(name);
  const expected = { event, json: JSON.stringify(event) };

  it('is read in full, under its object as under the subject of 0.1', () => {
    expect(read(eventSubject(type, data.object.id), event, version)).toEqual(expected);
    expect(read(`events.${type}`, event, version)).toEqual(expected);
  });

  it("is malformed under another object's subject", () => {
    expect(read(eventSubject(type, event.account_id), event, version)).toEqual({
      kind: 'dead',
      reason: 'malformed: data.object.id: must be the id in its subject',
    });
  });

  it('is malformed under the subject of another type', () => {
    for (const other of EVENT_TYPES.filter((each) => each !== type)) {
      for (const subject of [eventSubject(other, data.object.id), `events.${other}`]) {
        expect(read(subject, event)).toMatchObject({ kind: 'dead', reason: expect.stringMatching(/^malformed: type/) });
      }
    }
  });
});

it.each(['events.candidate.merged', 'events.candidate.019ab2f0.merged', 'events.candidate.a.b.updated', 'jobs.get'])(
  'what comes under %s waits for a release that knows it',
  (subject) => {
    expect(read(subject, goldens[0]!.event)).toEqual({
      kind: 'retry',
      reason: `this version of the service takes no ${subject}`,
    });
  },
);
