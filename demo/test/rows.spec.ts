import { describe, expect, it } from '@jest/globals';
import { createCandidateInput } from '@nexivo/contracts/candidates';
import { createJobInput } from '@nexivo/contracts/jobs';
import { type Stage, submission as submissionSchema } from '@nexivo/contracts/submissions';
import fc from 'fast-check';
import { type CandidateRow, candidateAt, personRow } from '../src/candidates.js';
import { createDemo, DAY_MS, type Demo, type DemoOptions } from '../src/demo.js';
import { type JobRow, jobAt } from '../src/jobs.js';
import { choosePairs, type Pairs } from '../src/pairs.js';
import { type StageChangeRow, stageChangesAt, type SubmissionRow, submissionAt } from '../src/submissions.js';

const UNTIL = new Date('2026-11-23T12:00:00.000Z');
const FROM_MS = UNTIL.getTime() - 730 * DAY_MS;
const options: DemoOptions = {
  accountId: '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e',
  seed: 1,
  candidates: 2_000,
  jobs: 50,
  submissions: 3_000,
  until: UNTIL,
};

interface Rows {
  candidates: CandidateRow[];
  jobs: JobRow[];
  submissions: SubmissionRow[];
  changes: StageChangeRow[];
}

const upTo = <Row>(count: number, rowAt: (row: number) => Row): Row[] =>
  Array.from({ length: count }, (_, row) => rowAt(row));

function rowsOf(demo: Demo, pairs: Pairs = choosePairs(demo)): Rows {
  return {
    candidates: upTo(demo.candidates, (row) => candidateAt(demo, row)),
    jobs: upTo(demo.jobs, (row) => jobAt(demo, row)),
    submissions: upTo(pairs.count, (row) => submissionAt(demo, pairs, row)),
    changes: upTo(pairs.count, (row) => stageChangesAt(demo, pairs, row)).flat(),
  };
}

const demo = createDemo(options);
const rows = rowsOf(demo);

/** The time in a UUIDv7 (RFC 9562, 5.7). */
const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ms = (time: string): number => Date.parse(time);
const isAscending = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || values[i - 1]! <= value);
/** What was sent to the API and what it would have made of it; free of what only rows have. */
const written = ({ account_id: _, version: __, id: ___, created_at: ____, updated_at: _____, ...row }: CandidateRow) =>
  row;

describe('the rows', () => {
  it('are the same for the same account, seed and numbers, whatever is asked for first', () => {
    const again = createDemo(options);
    const pairs = choosePairs(again);
    expect(submissionAt(again, pairs, 2_999)).toEqual(rows.submissions[2_999]);
    expect(jobAt(again, 49)).toEqual(rows.jobs[49]);
    expect(candidateAt(again, 1_999)).toEqual(rows.candidates[1_999]);
    expect(rowsOf(again, pairs)).toEqual(rows);
  });

  it.each([
    ['seed', { seed: 2 }],
    ['account', { accountId: '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6f' }],
    ['number of candidates', { candidates: 2_001 }],
  ])('have no id, and no id of the account, in common with those of another %s', (_, change) => {
    const others = rowsOf(createDemo({ ...options, ...change }));
    const ids = ({ candidates, jobs, submissions }: Rows) => [
      ...[...candidates, ...jobs, ...submissions].map(({ id }) => id),
      ...[...candidates, ...jobs].flatMap(({ external_id }) => external_id ?? []),
    ];
    const known = new Set(ids(rows));
    expect(ids(others).filter((id) => known.has(id))).toEqual([]);
    expect(known.size).toBe(ids(rows).length);
  });

  it('have UUIDv7 ids that tell when they were created, in the order of time', () => {
    for (const kind of [rows.candidates, rows.jobs, rows.submissions]) {
      for (const { id, created_at } of kind) {
        expect(id).toMatch(UUID_V7);
        expect(timeOf(id)).toBe(ms(created_at));
      }
      expect(isAscending(kind.map(({ created_at }) => ms(created_at)))).toBe(true);
    }
  });

  it('lie in the two years before, in all of them, and changed rows have a later version', () => {
    for (const kind of [rows.candidates, rows.jobs, rows.submissions]) {
      for (const { created_at, updated_at, version } of kind) {
        expect(ms(created_at)).toBeGreaterThanOrEqual(FROM_MS);
        expect(ms(updated_at)).toBeGreaterThanOrEqual(ms(created_at));
        expect(ms(updated_at)).toBeLessThanOrEqual(UNTIL.getTime());
        if (updated_at !== created_at) expect(version).toBeGreaterThan(1);
      }
    }
    const quarters = new Set(
      rows.candidates.map(({ created_at }) => Math.floor((ms(created_at) - FROM_MS) / (91.25 * DAY_MS))),
    );
    expect(quarters.size).toBe(8);
  });
});

describe('candidates', () => {
  it('are such as the API takes, and stay as they are when it normalises them', () => {
    for (const row of rows.candidates) expect(createCandidateInput.parse(written(row))).toEqual(written(row));
  });

  it('have a version above 1 exactly when they were changed', () => {
    for (const { version, created_at, updated_at } of rows.candidates)
      expect(version > 1).toBe(updated_at !== created_at);
  });

  it('are people of many places and languages, with the names and skills that searches stumble over', () => {
    const texts = rows.candidates.map((row) => JSON.stringify(row));
    const holding = (pattern: RegExp) => texts.filter((text) => pattern.test(text)).length;
    expect(new Set(rows.candidates.map(({ country }) => country)).size).toBeGreaterThan(10);
    expect(new Set(rows.candidates.map(({ city }) => city)).size).toBeGreaterThan(50);
    for (const skill of ['"C++"', '".NET"', '"Node.js"', '"C#"'])
      expect(texts.filter((text) => text.includes(skill)).length).toBeGreaterThan(50);
    expect(holding(/"first_name":"José"/)).toBeGreaterThan(0);
    expect(holding(/"last_name":"[^"]*[À-ɏ]/)).toBeGreaterThan(200);
    expect(holding(/"last_name":"\p{Script=Han}/u)).toBeGreaterThan(30);
    expect(holding(/"last_name":"\p{Script=Hangul}/u)).toBeGreaterThan(5);
    expect(holding(/"last_name":"O'/)).toBeGreaterThan(5);
    expect(holding(/Berufserfahrung|expérience|experiencia/)).toBeGreaterThan(30);
  });

  it('are one in thirty or so someone who is there already, under the same name or nearly so', () => {
    const doubles = upTo(demo.candidates, (row) => [row, personRow(demo, row)] as const).filter(
      ([row, origin]) => row !== origin,
    );
    expect(doubles.length).toBeGreaterThan(30);
    expect(doubles.length).toBeLessThan(100);
    for (const [row, origin] of doubles) {
      expect(origin).toBeLessThan(row);
      const [again, first] = [rows.candidates[row]!, rows.candidates[origin]!];
      expect(again.email!.toLowerCase().split('@')[0]).toBe(first.email!.split('@')[0]);
      expect(again.id).not.toBe(first.id);
    }
    const lower = rows.candidates.map(({ email }) => email!.toLowerCase());
    expect(lower.length - new Set(lower).size).toBeGreaterThan(10);
  });

  it('have addresses that reach nobody (RFC 2606)', () => {
    for (const { email } of rows.candidates) expect(email).toMatch(/(@|\.)example(\.(com|org|net))?$/);
  });
});

describe('jobs', () => {
  it('are such as the API takes', () => {
    for (const {
      account_id: _,
      version: __,
      id: ___,
      created_at,
      updated_at: ____,
      opened_at,
      closed_at,
      ...job
    } of rows.jobs) {
      expect(createJobInput.parse(job)).toEqual(job);
      expect(opened_at).toBe(created_at);
      expect(closed_at === null).toBe(job.status !== 'closed');
      if (closed_at !== null) expect(ms(closed_at)).toBeGreaterThan(ms(opened_at));
      if (job.salary_min !== null && job.salary_max !== null) expect(job.salary_max).toBeGreaterThan(job.salary_min);
      expect(job.salary_currency === null).toBe(job.salary_min === null && job.salary_max === null);
    }
    expect(new Set(rows.jobs.map(({ status }) => status))).toEqual(new Set(['open', 'closed', 'on_hold']));
  });

  it('draw submissions unequally: the fifth that draws the most has most of them', () => {
    const counts = new Map<string, number>();
    for (const { job_id } of rows.submissions) counts.set(job_id, (counts.get(job_id) ?? 0) + 1);
    const most = [...counts.values()].toSorted((a, b) => b - a).slice(0, demo.jobs / 5);
    const share = most.reduce((sum, count) => sum + count, 0) / rows.submissions.length;
    expect(share).toBeGreaterThan(0.6);
    expect(counts.size).toBeGreaterThan(demo.jobs / 2);
  });
});

/** What must hold of submissions in every load. */
function checkSubmissions({ candidates, jobs, submissions, changes }: Rows): void {
  const candidateOf = new Map(candidates.map((row) => [row.id, row]));
  const jobOf = new Map(jobs.map((row) => [row.id, row]));
  const historyOf = Map.groupBy(changes, ({ submission_id }) => submission_id);
  expect(new Set(submissions.map(({ job_id, candidate_id }) => `${job_id} ${candidate_id}`)).size).toBe(
    submissions.length,
  );
  expect(historyOf.size).toBe(submissions.length);
  for (const row of submissions) {
    const { account_id: _, version, ...shown } = row;
    expect(submissionSchema.parse(shown)).toEqual(shown);
    const [job, candidate] = [jobOf.get(row.job_id)!, candidateOf.get(row.candidate_id)!];
    // Both were there, and took part, when the one was submitted to the other.
    expect(ms(row.created_at)).toBeGreaterThan(Math.max(ms(job.created_at), ms(candidate.created_at)));
    if (job.closed_at !== null) expect(ms(row.created_at)).toBeLessThan(ms(job.closed_at));
    if (candidate.status === 'inactive') expect(ms(row.created_at)).toBeLessThan(ms(candidate.updated_at));
    if (row.stage === 'placed') {
      expect(candidate.status).toBe('placed');
      expect(ms(row.placed_at!)).toBeLessThanOrEqual(ms(candidate.updated_at));
    }

    expect(row.placed_at).toBe(row.stage === 'placed' ? row.stage_changed_at : null);
    expect(row.rejected_at).toBe(row.stage === 'rejected' ? row.stage_changed_at : null);
    if (row.stage !== 'rejected') expect(row.rejection_reason).toBeNull();
    const history = historyOf.get(row.id)!;
    expect(history.map(({ version: each }) => each)).toEqual(history.map((_, index) => index + 1));
    expect(history.map(({ from_stage }) => from_stage)).toEqual([
      null,
      ...history.slice(0, -1).map(({ to_stage }) => to_stage),
    ]);
    const times = history.map(({ at }) => ms(at));
    expect(isAscending(times) && new Set(times).size === times.length).toBe(true);
    expect([history[0]!.at, history.at(-1)!.at]).toEqual([row.created_at, row.stage_changed_at]);
    expect(history.at(-1)).toMatchObject({ to_stage: row.stage, reason: row.rejection_reason });
    expect([history.length, history.length + 1]).toContain(version);
    expect(version > history.length).toBe(row.updated_at !== row.stage_changed_at);
  }
}

describe('submissions', () => {
  it('join a candidate and a job at most once, while both could be, with a history that ends where they stand', () => {
    expect(rows.submissions).toHaveLength(options.submissions);
    checkSubmissions(rows);
    const stages = new Set<Stage>(rows.submissions.map(({ stage }) => stage));
    expect(stages.size).toBe(5);
  });

  it('do so for any seed and any numbers', () => {
    const numbers = fc.record({
      seed: fc.nat(2 ** 32 - 1),
      candidates: fc.nat(60),
      jobs: fc.nat(8),
      submissions: fc.nat(120),
    });
    fc.assert(
      fc.property(numbers, (given) => {
        const some = createDemo({ ...options, ...given });
        const made = rowsOf(some);
        expect(made.submissions.length).toBeLessThanOrEqual(Math.min(given.submissions, given.candidates * given.jobs));
        checkSubmissions(made);
      }),
      { numRuns: 100 },
    );
  });

  it('are fewer than were wanted only when every pair that can be is there', () => {
    const small = createDemo({ ...options, candidates: 30, jobs: 3, submissions: 1_000 });
    const { candidates, jobs, submissions } = rowsOf(small);
    const possible = candidates.flatMap((candidate) =>
      jobs.filter((job) => {
        const sinceMs = Math.max(ms(candidate.created_at), ms(job.created_at)) + 60_000;
        const jobEndsMs = job.status === 'open' ? UNTIL.getTime() : ms(job.updated_at);
        return (
          sinceMs < Math.min(jobEndsMs, candidate.status === 'inactive' ? ms(candidate.updated_at) : UNTIL.getTime())
        );
      }),
    );
    expect(submissions).toHaveLength(possible.length);
    expect(possible.length).toBeGreaterThan(20);
  });
});
