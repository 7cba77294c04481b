import { describe, expect, it } from '@jest/globals';
import { candidateExample, candidates, type CandidateStatus } from '@nexivo/contracts/candidates';
import { CandidateEntity, toCandidate } from '../src/candidate.entity.js';
import { candidateEvents } from '../src/candidate-events.js';

const row = (version: number, columns: Partial<CandidateEntity> = {}): CandidateEntity =>
  Object.assign(new CandidateEntity(), candidateExample, {
    account_id: '019ab2ee-0c5b-7a90-8f43-52c7a1d9e6b0',
    version,
    created_at: new Date(candidateExample.created_at),
    updated_at: new Date(Date.parse(candidateExample.created_at) + version),
    ...columns,
  });

describe('the events of a candidate', () => {
  it.each<CandidateStatus>(['new', 'inactive'])('that was created with the status %s are one: created', (status) => {
    const after = row(1, { status });
    expect(candidateEvents(candidates.create, { before: null, after })).toEqual([
      { type: 'candidate.created', object: toCandidate(after), previous: null, resource_version: 1 },
    ]);
  });

  it('show it as the API does, and what the members that changed were before', () => {
    const before = row(4, { skills: ['C++'] });
    const after = row(5, { skills: ['C++', 'C#'], phone: null });
    expect(candidateEvents(candidates.update, { before, after })).toEqual([
      {
        type: 'candidate.updated',
        object: toCandidate(after),
        previous: { skills: ['C++'], phone: candidateExample.phone },
        resource_version: 5,
      },
    ]);
  });

  it.each([candidates.update, candidates.delete])('are none where nothing changed', (command) => {
    for (const status of ['new', 'inactive'] as const) {
      const unchanged = row(3, { status });
      expect(candidateEvents(command, { before: unchanged, after: unchanged })).toEqual([]);
    }
  });

  it.each([
    ['update', 'new', 'screening', ['candidate.updated']],
    ['update', 'new', 'inactive', ['candidate.updated', 'candidate.deleted']],
    ['update', 'inactive', 'available', ['candidate.updated']],
    ['update', 'inactive', 'inactive', ['candidate.updated']],
    ['delete', 'placed', 'inactive', ['candidate.deleted']],
  ] as const)('after %s from %s to %s are %j, all of the same change', (command, from, to, types) => {
    const before = row(1, { status: from, city: 'Bonn' });
    const after = row(2, { status: to, city: 'Köln' });
    const events = candidateEvents(candidates[command], { before, after });
    expect(events.map(({ type }) => type)).toEqual(types);
    const previous = { city: 'Bonn', ...(from !== to && { status: from }) };
    for (const event of events) expect(event).toMatchObject({ object: { status: to }, previous, resource_version: 2 });
  });
});
