import type { Command } from '@nexivo/contracts/command';
import type { EventType } from '@nexivo/contracts/events';
import { jobs } from '@nexivo/contracts/jobs';
import { type Happening, whatChanged } from '@nexivo/events/outbox';
import { type JobEntity, toJob } from './job.entity.js';

/** A job before and after a write; `before` is null where the write created it. */
export interface JobChange {
  before: JobEntity | null;
  after: JobEntity;
}

type JobEventType = Extract<EventType, `job.${string}`>;

/**
 * The events that a write causes, in their order. They say what happened by whatever way: a job that a PATCH made
 * `closed` is closed too. One that was created `closed` has never been anything else, so it is created and no more. A write
 * that changed nothing causes none.
 */
export function jobEvents(command: Command, { before, after }: JobChange): Happening<JobEventType>[] {
  const object = toJob(after);
  const previous = before && whatChanged(toJob(before), object);
  return typesOf(command, before, after).map((type) => ({ type, object, previous, resource_version: after.version }));
}

function typesOf(command: Command, before: JobEntity | null, after: JobEntity): JobEventType[] {
  if (!before) return ['job.created'];
  if (after.version === before.version) return [];
  if (command === jobs.close) return ['job.closed'];
  const isClosed = after.status === 'closed' && before.status !== 'closed';
  return isClosed ? ['job.updated', 'job.closed'] : ['job.updated'];
}
