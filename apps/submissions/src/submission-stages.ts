import type { Stage } from '@nexivo/contracts/submissions';
import { DomainError } from '@nexivo/bus/domain-error';

/** The stage a submission is in, and what depends on it. */
export interface StageColumns {
  stage: Stage;
  /** Only while `stage` is `rejected`. */
  rejection_reason: string | null;
  stage_changed_at: Date;
  /** Since when it is `placed`; null while it is not. */
  placed_at: Date | null;
  /** Since when it is `rejected`; null while it is not. */
  rejected_at: Date | null;
}

/**
 * The stage of a submission that is created now.
 *
 * @throws DomainError `validation_failed`, for a reason without a rejection
 */
export function firstStage(
  { stage, rejection_reason }: Pick<StageColumns, 'stage' | 'rejection_reason'>,
  now: Date,
): StageColumns {
  return { ...entered(stage, now), rejection_reason: checkReason(stage, rejection_reason) };
}

/**
 * The stage after a patch. Any stage may follow any other, for people correct mistakes; a patch to the stage it is in
 * already moves no time.
 *
 * @throws DomainError `validation_failed`, for a reason without a rejection
 */
export function nextStage(
  before: StageColumns,
  patch: { stage?: Stage | undefined; rejection_reason?: string | null | undefined },
  now: Date,
): StageColumns {
  const stage = patch.stage ?? before.stage;
  const { stage_changed_at, placed_at, rejected_at } = stage === before.stage ? before : entered(stage, now);
  const remaining = stage === 'rejected' ? before.rejection_reason : null;
  // Sent back as it was read it says nothing, whatever the stage becomes.
  const isSaid = patch.rejection_reason !== undefined && patch.rejection_reason !== before.rejection_reason;
  const reason = isSaid ? patch.rejection_reason! : remaining;
  return { stage, stage_changed_at, placed_at, rejected_at, rejection_reason: checkReason(stage, reason) };
}

const entered = (stage: Stage, now: Date): Omit<StageColumns, 'rejection_reason'> => ({
  stage,
  stage_changed_at: now,
  placed_at: stage === 'placed' ? now : null,
  rejected_at: stage === 'rejected' ? now : null,
});

function checkReason(stage: Stage, reason: string | null): string | null {
  if (reason === null || stage === 'rejected') return reason;
  throw DomainError.invalid({
    field: 'rejection_reason',
    code: 'stage_not_rejected',
    message: `is accepted only with the stage rejected; the stage would be ${stage}`,
  });
}
