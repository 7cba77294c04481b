import type { Stage, StageChange, Submission } from '@nexivo/contracts/submissions';
import { candidateFacts, type CandidateFacts } from './candidates.js';
import { DAY_MS, type Demo, isoTime } from './demo.js';
import { jobFacts, type JobFacts } from './jobs.js';
import type { Pairs } from './pairs.js';
import { type Random, uuidAt } from './random.js';

/** A row of the table `submissions`. */
export type SubmissionRow = Submission & { account_id: string; version: number };

/** A row of the table `submission_stage_changes`. */
export interface StageChangeRow {
  account_id: string;
  submission_id: string;
  version: number;
  from_stage: StageChange['from'];
  to_stage: Stage;
  changed_by: string;
  reason: string | null;
  at: string;
}

interface Step {
  stage: Stage;
  atMs: number;
  reason: string | null;
}

const LADDER = ['screening', 'interview', 'offer', 'placed'] as const;
const MEAN_STEP_MS = 9 * DAY_MS;
const SHORTEST_STEP_MS = 60_000;
const REASONS = [
  'Not enough experience',
  'Salary expectations',
  'Another candidate was chosen',
  'Withdrew',
  'No right to work',
  'Did not answer',
  'Keine Rückmeldung',
];
const NOTES = [
  'Strong CV, ask for references.',
  'Referred by the platform team.',
  'Phone screen went well; prefers C++ over C#.',
  'Parle couramment français et allemand.',
  'Only available after the summer.',
];
const SOURCES = ['career_site', 'referral', 'agency', 'sourced', 'job_board'];

/** How many recruiters' tokens the changes are ascribed to; no such tokens exist. */
const RECRUITERS = 6;

/** What submission number `row` went through, the first stage included: in order of time. */
function stepsOf(demo: Demo, pairs: Pairs, row: number, random: Random): Step[] {
  const { job, candidate, createdMs } = pairs.at(row);
  const steps: Step[] = [{ stage: 'screening', atMs: createdMs, reason: null }];
  const facts = jobFacts(demo, job);
  const placedMs = placementMs(candidateFacts(demo, candidate), facts, createdMs, random);
  if (placedMs !== undefined) return [...steps, ...climb(createdMs, placedMs, random)];

  const end = random.fraction();
  const rungs = end < 0.6 ? 0 : end < 0.9 ? 1 : 2;
  const add = (stage: Stage, reason: string | null = null): void => {
    const atMs = steps.at(-1)!.atMs + SHORTEST_STEP_MS + Math.floor(random.exponential(MEAN_STEP_MS));
    if (atMs <= demo.untilMs && steps.at(-1)!.stage !== 'rejected') steps.push({ stage, atMs, reason });
  };
  for (let rung = 1; rung <= rungs; rung++) add(LADDER[rung]!);
  if (random.chance(0.6)) add('rejected', random.pickEarly(REASONS));
  return withoutLatecomers(steps, facts, random);
}

/** Candidates who are `placed` became so by a submission, where there is one that can have done it. */
function placementMs(
  { status, updatedMs }: CandidateFacts,
  { closedMs }: JobFacts,
  createdMs: number,
  random: Random,
): number | undefined {
  const sinceMs = createdMs + LADDER.length * SHORTEST_STEP_MS;
  const untilMs = Math.min(updatedMs, closedMs ?? updatedMs);
  if (status !== 'placed' || sinceMs >= untilMs || random.chance(0.2)) return undefined;
  return sinceMs + Math.floor(random.fraction() * (untilMs - sinceMs));
}

/** The stages up to `placed`, at times between. */
function climb(sinceMs: number, placedMs: number, random: Random): Step[] {
  const share = 0.2 + 0.4 * random.fraction();
  const times = [share, share + 0.2, 1].map((part) => Math.floor(sinceMs + (placedMs - sinceMs) * part));
  return times.map((atMs, rung) => ({ stage: LADDER[rung + 1]!, atMs, reason: null }));
}

/** When a job is closed, those who are still in the running are told so, as a rule. */
function withoutLatecomers(steps: Step[], { closedMs }: JobFacts, random: Random): Step[] {
  const last = steps.at(-1)!;
  if (closedMs === null || last.stage === 'rejected' || last.atMs >= closedMs || random.chance(0.1)) return steps;
  return [...steps, { stage: 'rejected', atMs: closedMs, reason: 'The position has been filled' }];
}

export function submissionAt(demo: Demo, pairs: Pairs, row: number): SubmissionRow {
  const pair = pairs.at(row);
  const random = demo.random('submission', row);
  const id = uuidAt(pair.createdMs, random);
  const steps = stepsOf(demo, pairs, row, demo.random('stages', row));
  const { stage, atMs, reason } = steps.at(-1)!;
  const notes = random.chance(0.3) ? random.pick(NOTES) : null;
  // Notes can be written later than the last stage was reached.
  const notedMs = notes && random.chance(0.3) ? Math.min(demo.untilMs, atMs + random.between(60_000, DAY_MS)) : atMs;
  return {
    account_id: demo.accountId,
    id,
    version: steps.length + (notedMs > atMs ? 1 : 0),
    job_id: jobFacts(demo, pair.job).id,
    candidate_id: candidateFacts(demo, pair.candidate).id,
    stage,
    notes,
    source: random.chance(0.8) ? random.pickEarly(SOURCES) : null,
    rejection_reason: reason,
    stage_changed_at: isoTime(atMs),
    placed_at: stage === 'placed' ? isoTime(atMs) : null,
    rejected_at: stage === 'rejected' ? isoTime(atMs) : null,
    created_at: isoTime(pair.createdMs),
    updated_at: isoTime(notedMs),
  };
}

/** The history of submission number `row`, oldest first. */
export function stageChangesAt(demo: Demo, pairs: Pairs, row: number): StageChangeRow[] {
  const random = demo.random('stages', row);
  const steps = stepsOf(demo, pairs, row, random);
  const submission_id = submissionId(demo, pairs, row);
  return steps.map(({ stage, atMs, reason }, index) => ({
    account_id: demo.accountId,
    submission_id,
    version: index + 1,
    from_stage: index === 0 ? null : steps[index - 1]!.stage,
    to_stage: stage,
    changed_by: recruiterId(demo, random.below(RECRUITERS)),
    reason,
    at: isoTime(atMs),
  }));
}

const submissionId = (demo: Demo, pairs: Pairs, row: number): string =>
  uuidAt(pairs.at(row).createdMs, demo.random('submission', row));

const recruiterId = (demo: Demo, recruiter: number): string => uuidAt(demo.fromMs, demo.random('recruiter', recruiter));
