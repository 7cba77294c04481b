import { candidates } from '@nexivo/contracts/candidates';
import type { Command } from '@nexivo/contracts/command';
import type { EventType } from '@nexivo/contracts/events';
import { type Happening, whatChanged } from '@nexivo/events/outbox';
import { type CandidateEntity, toCandidate } from './candidate.entity.js';

/** A candidate before and after a write; `before` is null where the write created it. */
export interface CandidateChange {
  before: CandidateEntity | null;
  after: CandidateEntity;
}

type CandidateEventType = Extract<EventType, `candidate.${string}`>;

/**
 * The events that a write causes, in their order. They say what happened by whatever way: a candidate that a PATCH made
 * `inactive` is deleted too. One that was created `inactive` has never been anything else, so it is created and no more. A
 * write that changed nothing causes none.
 */
export function candidateEvents(command: Command, { before, after }: CandidateChange): Happening<CandidateEventType>[] {
  const object = toCandidate(after);
  const previous = before && whatChanged(toCandidate(before), object);
  return typesOf(command, before, after).map((type) => ({ type, object, previous, resource_version: after.version }));
}

function typesOf(command: Command, before: CandidateEntity | null, after: CandidateEntity): CandidateEventType[] {
  if (!before) return ['candidate.created'];
  if (after.version === before.version) return [];
  if (command === candidates.delete) return ['candidate.deleted'];
  const isDeleted = after.status === 'inactive' && before.status !== 'inactive';
  return isDeleted ? ['candidate.updated', 'candidate.deleted'] : ['candidate.updated'];
}
