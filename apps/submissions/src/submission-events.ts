import type { EventType } from '@nexivo/contracts/events';
import { type Happening, whatChanged } from '@nexivo/events/outbox';
import { type SubmissionEntity, toSubmission } from './submission.entity.js';

/** A submission before and after a write; `before` is null where the write created it. */
export interface SubmissionChange {
  before: SubmissionEntity | null;
  after: SubmissionEntity;
}

type SubmissionEventType = Extract<EventType, `submission.${string}`>;

/**
 * The events that a write causes, in their order. They are about the stage alone: a change of notes, source or reason
 * causes none. A submission that becomes `placed` is placed besides, also one that begins so.
 */
export function submissionEvents({ before, after }: SubmissionChange): Happening<SubmissionEventType>[] {
  const object = toSubmission(after);
  const previous = before && whatChanged(toSubmission(before), object);
  return typesOf(before, after).map((type) => ({ type, object, previous, resource_version: after.version }));
}

function typesOf(before: SubmissionEntity | null, after: SubmissionEntity): SubmissionEventType[] {
  if (after.stage === before?.stage) return [];
  const type = before ? 'submission.stage_changed' : 'submission.created';
  return after.stage === 'placed' ? [type, 'submission.placed'] : [type];
}
