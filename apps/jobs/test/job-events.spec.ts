import { describe, expect, it } from '@jest/globals';
import { jobExample, jobs, type JobStatus } from '@nexivo/contracts/jobs';
import { JobEntity, toJob } from '../src/job.entity.js';
import { jobEvents } from '../src/job-events.js';

const openedAt = new Date(jobExample.opened_at);
const row = (version: number, columns: Partial<JobEntity> = {}): JobEntity =>
  Object.assign(new JobEntity(), jobExample, {
    account_id: '019ab2ee-0c5b-7a90-8f43-52c7a1d9e6b0',
    version,
    opened_at: openedAt,
    created_at: openedAt,
    updated_at: new Date(openedAt.getTime() + version),
    ...columns,
  });

describe('the events of a job', () => {
  it.each<JobStatus>(['open', 'closed'])('that was created with the status %s are one: created', (status) => {
    const after = row(1, { status });
    expect(jobEvents(jobs.create, { before: null, after })).toEqual([
      { type: 'job.created', object: toJob(after), previous: null, resource_version: 1 },
    ]);
  });

  it('show it as the API does, and what the members that changed were before', () => {
    const before = row(4);
    const after = row(5, { tags: [], custom_fields: { level: 7 }, salary_max: null });
    expect(jobEvents(jobs.update, { before, after })).toEqual([
      {
        type: 'job.updated',
        object: toJob(after),
        previous: { tags: ['backend'], custom_fields: {}, salary_max: jobExample.salary_max },
        resource_version: 5,
      },
    ]);
  });

  it.each([jobs.update, jobs.close])('are none where nothing changed', (command) => {
    for (const status of ['open', 'closed'] as const) {
      const unchanged = row(3, { status });
      expect(jobEvents(command, { before: unchanged, after: unchanged })).toEqual([]);
    }
  });

  it.each([
    ['update', 'open', 'on_hold', ['job.updated']],
    ['update', 'open', 'closed', ['job.updated', 'job.closed']],
    ['update', 'closed', 'open', ['job.updated']],
    ['update', 'closed', 'closed', ['job.updated']],
    ['close', 'on_hold', 'closed', ['job.closed']],
  ] as const)('after %s from %s to %s are %j, all of the same change', (command, from, to, types) => {
    const at = { open: null, on_hold: null, closed: openedAt };
    const before = row(1, { status: from, closed_at: at[from], openings: 1 });
    const after = row(2, { status: to, closed_at: at[to], openings: 2 });
    const events = jobEvents(jobs[command], { before, after });
    expect(events.map(({ type }) => type)).toEqual(types);
    const closedAt = at[from]?.toISOString() ?? null;
    const previous = {
      openings: 1,
      ...(from !== to && { status: from }),
      ...(at[from] !== at[to] && { closed_at: closedAt }),
    };
    for (const event of events) {
      expect(event).toMatchObject({ object: { status: to }, resource_version: 2 });
      expect(event.previous).toEqual(previous);
    }
  });
});
