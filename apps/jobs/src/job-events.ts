import type { Command } from '@nexivo/contracts/command';
import type { EventType } from '@nexivo/contracts/events';
import { jobs } from '@nexivo/contracts/jobs';
import type { EventDraft } from '@nexivo/events/outbox';
import { draftsOf, type RowChange } from '@nexivo/events/resource-writes';
import { JOB, type JobEntity } from './job.entity.js';

export type JobEventType = Extract<EventType, `job.${string}`>;

/**
 * The events that a write causes, in their order. They say what happened by whatever way: a job that a PATCH made
 * `closed` is closed too. One that was created `closed` has never been anything else, so it is created and no more. A write
 * that changed nothing causes none.
 */
export const jobEvents = (command: Command, change: RowChange<JobEntity>): EventDraft<JobEventType>[] =>
  draftsOf(JOB, change, typesOf(command, change));

function typesOf(command: Command, { before, after }: RowChange<JobEntity>): JobEventType[] {
  if (!before) return ['job.created'];
  if (after.version === before.version) return [];
  if (command === jobs.close) return ['job.closed'];
  const isClosed = after.status === 'closed' && before.status !== 'closed';
  return isClosed ? ['job.updated', 'job.closed'] : ['job.updated'];
}
