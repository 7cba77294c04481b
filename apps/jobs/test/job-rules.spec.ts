import { describe, expect, it } from '@jest/globals';
import { JOB_STATUSES } from '@nexivo/contracts/jobs';
import type { DomainError } from '@nexivo/bus/domain-error';
import { checkSalary, firstPeriod, nextPeriod } from '../src/job-rules.js';

type Salary = Parameters<typeof checkSalary>[0];

const NO_SALARY: Salary = { salary_min: null, salary_max: null, salary_currency: null };

const faultsOf = (salary: Partial<Salary>): (readonly [string, string])[] => {
  try {
    checkSalary({ ...NO_SALARY, ...salary });
    return [];
  } catch (error) {
    return ((error as DomainError).errors ?? []).map(({ field, code }) => [field, code]);
  }
};

describe('a salary', () => {
  it.each([
    ['absent', {}],
    ['a currency alone', { salary_currency: 'EUR' }],
    ['a lower end alone', { salary_min: 1, salary_currency: 'EUR' }],
    ['an upper end alone', { salary_max: 1, salary_currency: 'EUR' }],
    ['a range', { salary_min: 1, salary_max: 2, salary_currency: 'EUR' }],
    ['a single amount', { salary_min: 2, salary_max: 2, salary_currency: 'EUR' }],
    ['nothing at all', { salary_min: 0, salary_max: 0, salary_currency: 'EUR' }],
  ])('may be %s', (_, salary) => {
    expect(faultsOf(salary)).toEqual([]);
  });

  it('never ends below where it begins', () => {
    expect(faultsOf({ salary_min: 2, salary_max: 1, salary_currency: 'EUR' })).toEqual([
      ['salary_max', 'below_salary_min'],
    ]);
  });

  it.each([{ salary_min: 1 }, { salary_max: 1 }, { salary_min: 0 }, { salary_min: 1, salary_max: 2 }])(
    'never lacks its currency: %j',
    (salary) => {
      expect(faultsOf(salary)).toEqual([['salary_currency', 'required_with_salary']]);
    },
  );

  it('is refused with all that is wrong of it at once', () => {
    expect(faultsOf({ salary_min: 2, salary_max: 1 })).toEqual([
      ['salary_max', 'below_salary_min'],
      ['salary_currency', 'required_with_salary'],
    ]);
  });
});

const T0 = new Date('2026-11-23T12:00:00.000Z');
const T1 = new Date('2026-11-24T12:00:00.000Z');
const T2 = new Date('2026-11-25T12:00:00.000Z');

const CLOSED = { status: 'closed', opened_at: T0, closed_at: T1 } as const;

describe('the period of a job', () => {
  it.each(['open', 'on_hold'] as const)('begins when it is created %s, and has no end', (status) => {
    expect(firstPeriod(status, T0)).toEqual({ status, opened_at: T0, closed_at: null });
  });

  it('begins and ends at once for a job that is created closed', () => {
    expect(firstPeriod('closed', T0)).toEqual({ status: 'closed', opened_at: T0, closed_at: T0 });
  });

  it.each(['open', 'on_hold'] as const)('ends when a job that is %s is closed', (status) => {
    expect(nextPeriod(firstPeriod(status, T0), 'closed', T1)).toEqual(CLOSED);
  });

  it.each(['open', 'on_hold'] as const)('begins anew, without an end, when a closed job becomes %s', (status) => {
    expect(nextPeriod(CLOSED, status, T2)).toEqual({ status, opened_at: T2, closed_at: null });
  });

  it('goes on while a job is put on hold and taken up again', () => {
    const held = nextPeriod(firstPeriod('open', T0), 'on_hold', T1);
    expect(nextPeriod(held, 'open', T2)).toEqual({ status: 'open', opened_at: T0, closed_at: null });
  });

  it.each(JOB_STATUSES)('does not move when a job that is %s becomes what it is', (status) => {
    expect(nextPeriod(firstPeriod(status, T0), status, T1)).toEqual(firstPeriod(status, T0));
  });
});
