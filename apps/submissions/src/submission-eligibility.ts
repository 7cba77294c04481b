import type { Candidate } from '@nexivo/contracts/candidates';
import type { FieldError } from '@nexivo/contracts/errors';
import type { Job } from '@nexivo/contracts/jobs';
import { DomainError } from '@nexivo/bus/domain-error';

/**
 * Checks that a candidate may be submitted to a job now. It concerns the submission's beginning only: one that exists goes
 * on when its job is closed or its candidate becomes inactive.
 *
 * @param candidate undefined when the account has no such candidate
 * @throws DomainError `validation_failed`, with every field at fault
 */
export function checkEligibility(job: Pick<Job, 'status'>, candidate: Pick<Candidate, 'status'> | undefined): void {
  const faults: FieldError[] = [];
  if (!candidate) {
    faults.push({ field: 'candidate_id', code: 'unknown_candidate', message: 'names no candidate of this account' });
  } else if (candidate.status === 'inactive') {
    faults.push({
      field: 'candidate_id',
      code: 'candidate_inactive',
      message: 'the candidate is inactive; give it another status first',
    });
  }
  if (job.status !== 'open') {
    faults.push({
      field: 'job_id',
      code: 'job_not_open',
      message: `the job is ${job.status}; only an open job takes submissions`,
    });
  }
  const [first, ...others] = faults;
  if (first) throw DomainError.invalid(first, ...others);
}
