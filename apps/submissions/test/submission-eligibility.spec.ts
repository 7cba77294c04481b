import { describe, expect, it } from '@jest/globals';
import { CANDIDATE_STATUSES } from '@nexivo/contracts/candidates';
import { DomainError } from '@nexivo/bus/domain-error';
import { checkEligibility } from '../src/submission-eligibility.js';

type Parties = Parameters<typeof checkEligibility>;

const faultsOf = (...parties: Parties): (readonly [string, string])[] => {
  try {
    checkEligibility(...parties);
    return [];
  } catch (error) {
    return ((error as DomainError).errors ?? []).map(({ field, code }) => [field, code]);
  }
};

describe('the parties of a new submission', () => {
  it.each(CANDIDATE_STATUSES.filter((status) => status !== 'inactive'))(
    'may be an open job and a candidate who is %s',
    (status) => {
      expect(faultsOf({ status: 'open' }, { status })).toEqual([]);
    },
  );

  it('may not include a candidate whom the account does not have', () => {
    expect(faultsOf({ status: 'open' }, undefined)).toEqual([['candidate_id', 'unknown_candidate']]);
  });

  it('may not include an inactive candidate', () => {
    expect(faultsOf({ status: 'open' }, { status: 'inactive' })).toEqual([['candidate_id', 'candidate_inactive']]);
  });

  it.each(['on_hold', 'closed'] as const)('may not include a job that is %s, and the refusal says so', (status) => {
    expect(() => checkEligibility({ status }, { status: 'new' })).toThrow(
      expect.objectContaining({
        errors: [
          {
            field: 'job_id',
            code: 'job_not_open',
            message: `the job is ${status}; only an open job takes submissions`,
          },
        ],
      }),
    );
  });

  it('are refused with all that is wrong of them at once, the candidate first', () => {
    expect(faultsOf({ status: 'closed' }, undefined)).toEqual([
      ['candidate_id', 'unknown_candidate'],
      ['job_id', 'job_not_open'],
    ]);
  });
});
