import { describe, expect, it } from '@jest/globals';
import { STAGES, type Stage, submissionExample } from '@nexivo/contracts/submissions';
import { SubmissionEntity, toSubmission } from '../src/submission.entity.js';
import { submissionEvents } from '../src/submission-events.js';

const createdAt = new Date(submissionExample.created_at);
const row = (version: number, columns: Partial<SubmissionEntity> = {}): SubmissionEntity =>
  Object.assign(new SubmissionEntity(), submissionExample, {
    account_id: '019ab2ee-0c5b-7a90-8f43-52c7a1d9e6b0',
    version,
    stage_changed_at: createdAt,
    created_at: createdAt,
    updated_at: new Date(createdAt.getTime() + version),
    ...columns,
  });
const typesOf = (from: Stage | null, to: Stage): string[] =>
  submissionEvents({ before: from && row(1, { stage: from }), after: row(2, { stage: to }) }).map(({ type }) => type);

describe('the events of a submission', () => {
  it('show it as the API does, and what the members that changed were before', () => {
    const before = row(4, { stage: 'rejected', rejection_reason: 'salary', rejected_at: createdAt });
    const after = row(5, { stage: 'offer', notes: 'n' });
    expect(submissionEvents({ before, after })).toEqual([
      {
        type: 'submission.stage_changed',
        object: toSubmission(after),
        previous: {
          stage: 'rejected',
          rejection_reason: 'salary',
          rejected_at: createdAt.toISOString(),
          notes: submissionExample.notes,
        },
        resource_version: 5,
      },
    ]);
  });

  it.each(STAGES)('that begins at %s say that it was created, and placed if it begins so', (stage) => {
    const placed = stage === 'placed' ? ['submission.placed'] : [];
    expect(typesOf(null, stage)).toEqual(['submission.created', ...placed]);
    const after = row(1, { stage });
    for (const event of submissionEvents({ before: null, after })) {
      expect(event).toMatchObject({ object: toSubmission(after), previous: null, resource_version: 1 });
    }
  });

  it.each(STAGES.flatMap((from) => STAGES.filter((to) => to !== from).map((to) => [from, to] as const)))(
    'that comes from %s to %s tell of the stage, and of the placement if it is one',
    (from, to) => {
      const placed = to === 'placed' ? ['submission.placed'] : [];
      expect(typesOf(from, to)).toEqual(['submission.stage_changed', ...placed]);
    },
  );

  it('that becomes placed are two of the same change', () => {
    const [changed, placed] = submissionEvents({ before: row(1), after: row(2, { stage: 'placed' }) });
    expect(placed).toEqual({ ...changed, type: 'submission.placed' });
    expect(placed).toMatchObject({ previous: { stage: 'screening' }, resource_version: 2 });
  });

  it.each(STAGES)('that stays at %s are none, whether other members change or nothing does', (stage) => {
    expect(typesOf(stage, stage)).toEqual([]);
    const before = row(1, { stage, notes: 'a', source: 'a' });
    expect(submissionEvents({ before, after: row(2, { stage, notes: 'b', source: null }) })).toEqual([]);
    expect(submissionEvents({ before, after: before })).toEqual([]);
  });
});
