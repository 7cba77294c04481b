import { candidates } from '@nexivo/contracts/candidates';
import type { Command } from '@nexivo/contracts/command';
import type { EventType } from '@nexivo/contracts/events';
import type { EventDraft } from '@nexivo/events/outbox';
import { draftsOf, type RowChange } from '@nexivo/events/resource-writes';
import { CANDIDATE, type CandidateEntity } from './candidate.entity.js';

export type CandidateEventType = Extract<EventType, `candidate.${string}`>;

/**
 * The events that a write causes, in their order. They say what happened by whatever way: a candidate that a PATCH made
 * `inactive` is deleted too. One that was created `inactive` has never been anything else, so it is created and no more. A
 * write that changed nothing causes none.
 */
export const candidateEvents = (
  command: Command,
  change: RowChange<CandidateEntity>,
): EventDraft<CandidateEventType>[] => draftsOf(CANDIDATE, change, typesOf(command, change));

function typesOf(command: Command, { before, after }: RowChange<CandidateEntity>): CandidateEventType[] {
  if (!before) return ['candidate.created'];
  if (after.version === before.version) return [];
  if (command === candidates.delete) return ['candidate.deleted'];
  const isDeleted = after.status === 'inactive' && before.status !== 'inactive';
  return isDeleted ? ['candidate.updated', 'candidate.deleted'] : ['candidate.updated'];
}
