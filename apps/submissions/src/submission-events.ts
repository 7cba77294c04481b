import type { EventType } from '@nexivo/contracts/events';
import type { EventDraft } from '@nexivo/events/outbox';
import { draftsOf, type RowChange } from '@nexivo/events/resource-writes';
import { SUBMISSION, type SubmissionEntity } from './submission.entity.js';

export type SubmissionEventType = Extract<EventType, `submission.${string}`>;

/**
 * The events that a write causes, in their order. They are about the stage alone: a change of notes, source or reason
 * causes none. A submission that becomes `placed` is placed besides, also one that begins so.
 */
export const submissionEvents = (change: RowChange<SubmissionEntity>): EventDraft<SubmissionEventType>[] =>
  draftsOf(SUBMISSION, change, typesOf(change));

function typesOf({ before, after }: RowChange<SubmissionEntity>): SubmissionEventType[] {
  if (after.stage === before?.stage) return [];
  const type = before ? 'submission.stage_changed' : 'submission.created';
  return after.stage === 'placed' ? [type, 'submission.placed'] : [type];
}
