import { describe, expect, it } from '@jest/globals';
import { STAGES } from '@nexivo/contracts/submissions';
import { firstStage, nextStage, type StageColumns } from '../src/submission-stages.js';

const T0 = new Date('2026-11-23T12:00:00.000Z');
const T1 = new Date('2026-11-24T12:00:00.000Z');

const created = (stage: StageColumns['stage'], rejection_reason: string | null = null): StageColumns =>
  firstStage({ stage, rejection_reason }, T0);

const REASON_REFUSED = expect.objectContaining({
  code: 'validation_failed',
  errors: [expect.objectContaining({ field: 'rejection_reason', code: 'stage_not_rejected' })],
});

const refusalOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

const PAIRS = STAGES.flatMap((from) => STAGES.filter((to) => to !== from).map((to) => [from, to] as const));

describe('the first stage', () => {
  it('is entered at the time of creation', () => {
    expect(created('screening')).toEqual({
      stage: 'screening',
      rejection_reason: null,
      stage_changed_at: T0,
      placed_at: null,
      rejected_at: null,
    });
  });

  it('may be placed, which sets placed_at and not rejected_at', () => {
    expect(created('placed')).toMatchObject({ placed_at: T0, rejected_at: null });
  });

  it('may be rejected with a reason, which sets rejected_at and not placed_at', () => {
    expect(created('rejected', 'salary')).toMatchObject({
      rejection_reason: 'salary',
      placed_at: null,
      rejected_at: T0,
    });
  });

  it.each(STAGES.filter((stage) => stage !== 'rejected'))('takes no rejection_reason when it is %s', (stage) => {
    expect(refusalOf(() => created(stage, 'salary'))).toEqual(REASON_REFUSED);
  });
});

describe('the next stage', () => {
  it.each(PAIRS)('may lead from %s to %s, whose times are then those of the change', (from, to) => {
    expect(nextStage(created(from), { stage: to }, T1)).toEqual({
      stage: to,
      rejection_reason: null,
      stage_changed_at: T1,
      placed_at: to === 'placed' ? T1 : null,
      rejected_at: to === 'rejected' ? T1 : null,
    });
  });

  it.each(STAGES)('moves no time when it is %s already', (stage) => {
    expect(nextStage(created(stage), { stage }, T1)).toEqual(created(stage));
  });

  it('moves no time when the patch says nothing of it', () => {
    expect(nextStage(created('placed'), {}, T1)).toEqual(created('placed'));
  });

  it('takes a rejection_reason together with rejected', () => {
    expect(nextStage(created('offer'), { stage: 'rejected', rejection_reason: 'salary' }, T1)).toMatchObject({
      stage: 'rejected',
      rejection_reason: 'salary',
    });
  });

  it('takes a rejection_reason later, as long as it is rejected, without moving a time', () => {
    expect(nextStage(created('rejected'), { rejection_reason: 'salary' }, T1)).toEqual(created('rejected', 'salary'));
  });

  it('keeps the rejection_reason of a rejection that is repeated without one', () => {
    expect(nextStage(created('rejected', 'salary'), { stage: 'rejected' }, T1)).toEqual(created('rejected', 'salary'));
  });

  it('clears the rejection_reason when it is no longer rejected', () => {
    expect(nextStage(created('rejected', 'salary'), { stage: 'offer' }, T1)).toMatchObject({ rejection_reason: null });
  });

  it('clears the rejection_reason also where it is sent back as it was read', () => {
    const patch = { stage: 'offer', rejection_reason: 'salary' } as const;
    expect(nextStage(created('rejected', 'salary'), patch, T1)).toEqual(
      nextStage(created('rejected'), { stage: 'offer' }, T1),
    );
  });

  it('refuses a rejection_reason that comes with another stage, even from rejected', () => {
    expect(
      refusalOf(() => nextStage(created('rejected', 'salary'), { stage: 'offer', rejection_reason: 'other' }, T1)),
    ).toEqual(REASON_REFUSED);
  });

  it('refuses a rejection_reason alone while it is not rejected', () => {
    expect(refusalOf(() => nextStage(created('offer'), { rejection_reason: 'salary' }, T1))).toEqual(REASON_REFUSED);
  });

  it('lets a null rejection_reason pass in any stage, for it clears what is not there', () => {
    expect(nextStage(created('offer'), { rejection_reason: null }, T1)).toEqual(created('offer'));
  });
});
