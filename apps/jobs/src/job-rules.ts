import type { FieldError } from '@nexivo/contracts/errors';
import type { Job, JobStatus } from '@nexivo/contracts/jobs';
import { DomainError } from '@nexivo/bus/domain-error';

/**
 * Checks a salary as it would be kept: a range has two ends in order, and an amount says of which currency it is.
 *
 * @throws DomainError `validation_failed`, with every field at fault
 */
export function checkSalary({
  salary_min,
  salary_max,
  salary_currency,
}: Pick<Job, 'salary_min' | 'salary_max' | 'salary_currency'>): void {
  const faults: FieldError[] = [];
  if (salary_min !== null && salary_max !== null && salary_max < salary_min) {
    faults.push({
      field: 'salary_max',
      code: 'below_salary_min',
      message: `must be at least salary_min, which is ${salary_min}`,
    });
  }
  if ((salary_min !== null || salary_max !== null) && salary_currency === null) {
    faults.push({
      field: 'salary_currency',
      code: 'required_with_salary',
      message: 'must be given together with salary_min or salary_max',
    });
  }
  const [first, ...others] = faults;
  if (first) throw DomainError.invalid(first, ...others);
}

/** When a job was opened and closed, and the status that decides it. */
export interface JobPeriod {
  status: JobStatus;
  opened_at: Date;
  closed_at: Date | null;
}

/** The period of a job that is created now. */
export const firstPeriod = (status: JobStatus, now: Date): JobPeriod => ({
  status,
  opened_at: now,
  closed_at: status === 'closed' ? now : null,
});

/**
 * The period after a change of status. Only leaving `closed` is a reopening: a job that was on hold has been the same
 * search all along, and keeps the time it was opened at.
 */
export function nextPeriod(before: JobPeriod, status: JobStatus, now: Date): JobPeriod {
  if (status === before.status) return { status, opened_at: before.opened_at, closed_at: before.closed_at };
  if (status === 'closed') return { status, opened_at: before.opened_at, closed_at: now };
  return { status, opened_at: before.status === 'closed' ? now : before.opened_at, closed_at: null };
}
