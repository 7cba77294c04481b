import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Candidate, candidates, createCandidateInput } from '@nexivo/contracts/candidates';
import { createJobInput, type Job, type JobStatus, jobs } from '@nexivo/contracts/jobs';
import {
  type CreateSubmissionInput,
  createSubmissionInput,
  listSubmissionsInput,
  type StageChange,
  type Submission,
  submission,
  submissionPatch,
  type SubmissionPatch,
  submissions,
} from '@nexivo/contracts/submissions';
import type { RequestContext } from '@nexivo/bus/context';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { filtersOf } from '@nexivo/testing/list-input';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { submissionsService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { submissionsEnv } from '../src/env.js';

let world: World;
let jobsProcess: Awaited<ReturnType<World['spawn']>>;
let candidatesProcess: Awaited<ReturnType<World['spawn']>>;

beforeAll(async () => {
  world = await startWorld();
  [jobsProcess, candidatesProcess] = await Promise.all([
    world.spawn('jobs'),
    world.spawn('candidates'),
    world.start({ name: 'submissions', env: submissionsEnv, database, options: submissionsService }),
  ]);
});
afterAll(() => world.stop());

const UNKNOWN = '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e';

const newJob = (context: RequestContext, status: JobStatus = 'open'): Promise<Job> =>
  world.bus.request(jobs.create, createJobInput.parse({ title: 'Engineer', status }), context);
const newCandidate = (context: RequestContext): Promise<Candidate> =>
  world.bus.request(
    candidates.create,
    createCandidateInput.parse({ first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' }),
    context,
  );
const submit = (
  context: RequestContext,
  job_id: string,
  candidate_id: string,
  input: Partial<CreateSubmissionInput> = {},
): Promise<Submission> =>
  world.bus.request(
    submissions.create,
    { ...createSubmissionInput.parse({ candidate_id, ...input }), job_id },
    context,
  );
const update = (context: RequestContext, id: string, patch: SubmissionPatch): Promise<Submission> =>
  world.bus.request(submissions.update, { id, patch }, context);
const get = (context: RequestContext, id: string): Promise<Submission> =>
  world.bus.request(submissions.get, { id }, context);
const list = (context: RequestContext, query: Record<string, string> = {}) =>
  world.bus.request(submissions.list, listSubmissionsInput.parse(query), context);
const listForJob = (context: RequestContext, job_id: string, query: Record<string, string> = {}) =>
  world.bus.request(submissions.listForJob, { ...listSubmissionsInput.parse(query), job_id }, context);
const historyOf = async (context: RequestContext, id: string): Promise<StageChange[]> =>
  (await world.bus.request(submissions.history, { id, page: 1, per_page: 100 }, context)).data;
const rowsOf = (context: RequestContext): Promise<Record<string, unknown>[]> =>
  world.sql('submissions', 'select id, stage, version from submissions where account_id = $1', [context.accountId]);

/** An account with an open job and a candidate for it. */
async function parties(): Promise<{ context: RequestContext; job: Job; candidate: Candidate }> {
  const context = callFor();
  const [job, candidate] = await Promise.all([newJob(context), newCandidate(context)]);
  return { context, job, candidate };
}

/** The same with the candidate submitted. */
async function submitted(input: Partial<CreateSubmissionInput> = {}): Promise<{
  context: RequestContext;
  job: Job;
  candidate: Candidate;
  created: Submission;
}> {
  const { context, job, candidate } = await parties();
  return { context, job, candidate, created: await submit(context, job.id, candidate.id, input) };
}

describe('create', () => {
  it('answers the whole submission, in the stage screening since now', async () => {
    const { job, candidate, created } = await submitted();
    expect(submission.parse(created)).toEqual(created);
    expect(created).toEqual({
      id: created.id,
      job_id: job.id,
      candidate_id: candidate.id,
      stage: 'screening',
      notes: null,
      source: null,
      rejection_reason: null,
      stage_changed_at: created.created_at,
      placed_at: null,
      rejected_at: null,
      created_at: created.created_at,
      updated_at: created.created_at,
    });
  });

  it('keeps what was sent, and begins the history with who sent it', async () => {
    const input = { stage: 'rejected', notes: 'n', source: 's', rejection_reason: 'salary' } as const;
    const { context, created } = await submitted(input);
    expect(created).toMatchObject({ ...input, rejected_at: created.created_at, placed_at: null });
    await expect(get(context, created.id)).resolves.toEqual(created);
    await expect(historyOf(context, created.id)).resolves.toEqual([
      { from: null, to: 'rejected', changed_by: context.principal, reason: 'salary', at: created.created_at },
    ]);
  });

  it('may begin with placed, which dates placed_at', async () => {
    const { created } = await submitted({ stage: 'placed' });
    expect(created).toMatchObject({ stage: 'placed', placed_at: created.created_at, rejected_at: null });
  });

  it('answers not_found for an unknown job, even when the candidate is unknown too', async () => {
    const { context, candidate } = await parties();
    const absent = { code: 'not_found', detail: 'There is no such job.' };
    await expect(submit(context, UNKNOWN, candidate.id)).rejects.toMatchObject(absent);
    await expect(submit(context, UNKNOWN, UNKNOWN)).rejects.toMatchObject(absent);
    await expect(rowsOf(context)).resolves.toEqual([]);
  });

  it("answers not_found for another account's job", async () => {
    const { context, candidate } = await parties();
    const foreign = await newJob(callFor());
    await expect(submit(context, foreign.id, candidate.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it("refuses an unknown candidate and another account's in the same words, naming candidate_id", async () => {
    const { context, job } = await parties();
    const foreign = await newCandidate(callFor());
    for (const candidateId of [UNKNOWN, foreign.id]) {
      await expect(submit(context, job.id, candidateId)).rejects.toMatchObject({
        code: 'validation_failed',
        errors: [{ field: 'candidate_id', code: 'unknown_candidate', message: 'names no candidate of this account' }],
      });
    }
    await expect(rowsOf(context)).resolves.toEqual([]);
  });

  it('refuses an inactive candidate, and takes one who has been brought back', async () => {
    const { context, job, candidate } = await parties();
    await world.bus.request(candidates.delete, { id: candidate.id }, context);
    await expect(submit(context, job.id, candidate.id)).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [{ field: 'candidate_id', code: 'candidate_inactive' }],
    });
    await world.bus.request(candidates.update, { id: candidate.id, patch: { status: 'available' } }, context);
    await expect(submit(context, job.id, candidate.id)).resolves.toBeDefined();
  });

  it.each(['on_hold', 'closed'] as const)('refuses a job that is %s, and takes it once it is open', async (status) => {
    const { context, candidate } = await parties();
    const { id } = await newJob(context, status);
    await expect(submit(context, id, candidate.id)).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [{ field: 'job_id', code: 'job_not_open' }],
    });
    await world.bus.request(jobs.update, { id, patch: { status: 'open' } }, context);
    await expect(submit(context, id, candidate.id)).resolves.toBeDefined();
  });

  it('names everything that is wrong of both parties at once', async () => {
    const { context } = await parties();
    const closed = await newJob(context, 'closed');
    await expect(submit(context, closed.id, UNKNOWN)).rejects.toMatchObject({
      detail: expect.stringMatching(/^candidate_id .*; 1 more field is invalid\.$/),
      errors: [{ code: 'unknown_candidate' }, { code: 'job_not_open' }],
    });
  });

  it('refuses a rejection_reason without a rejection, and keeps no row of it', async () => {
    const { context, job, candidate } = await parties();
    await expect(submit(context, job.id, candidate.id, { rejection_reason: 'salary' })).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [{ field: 'rejection_reason', code: 'stage_not_rejected' }],
    });
    await expect(rowsOf(context)).resolves.toEqual([]);
  });
});

describe('a candidate and a job', () => {
  it('have one submission that is not rejected, also when twenty are asked for at once', async () => {
    const { context, job, candidate } = await parties();
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => submit(context, job.id, candidate.id)));
    const refusals = attempts.filter((attempt) => attempt.status === 'rejected').map(({ reason }) => reason as unknown);
    expect(refusals).toHaveLength(19);
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'duplicate_submission' });
    await expect(rowsOf(context)).resolves.toHaveLength(1);
    const changes = await world.sql('submissions', 'select 1 from submission_stage_changes where account_id = $1', [
      context.accountId,
    ]);
    expect(changes).toHaveLength(1);
  });

  it.each(['interview', 'offer', 'placed'] as const)('have no second one while the first is at %s', async (stage) => {
    const { context, job, candidate } = await submitted({ stage });
    await expect(submit(context, job.id, candidate.id)).rejects.toMatchObject({ code: 'duplicate_submission' });
  });

  it('may have another after a rejection, and any number of rejected ones', async () => {
    const { context, job, candidate, created } = await submitted();
    await update(context, created.id, { stage: 'rejected' });
    const second = await submit(context, job.id, candidate.id);
    expect(second.id).not.toBe(created.id);
    await submit(context, job.id, candidate.id, { stage: 'rejected' });
    await expect(rowsOf(context)).resolves.toHaveLength(3);
  });

  it('do not get a rejected submission back while another is alive, and nothing of the attempt remains', async () => {
    const { context, job, candidate, created } = await submitted();
    const rejected = await update(context, created.id, { stage: 'rejected', rejection_reason: 'salary' });
    const alive = await submit(context, job.id, candidate.id);
    await expect(update(context, created.id, { stage: 'interview', notes: 'x' })).rejects.toMatchObject({
      code: 'duplicate_submission',
    });
    await expect(get(context, created.id)).resolves.toEqual(rejected);
    await expect(historyOf(context, created.id)).resolves.toHaveLength(2);

    await update(context, alive.id, { stage: 'rejected' });
    await expect(update(context, created.id, { stage: 'interview' })).resolves.toMatchObject({ stage: 'interview' });
  });

  it('of another pair do not matter: the same candidate to two jobs, two candidates to the same job', async () => {
    const { context, job, candidate } = await submitted();
    const [otherJob, otherCandidate] = await Promise.all([newJob(context), newCandidate(context)]);
    await expect(submit(context, otherJob.id, candidate.id)).resolves.toBeDefined();
    await expect(submit(context, job.id, otherCandidate.id)).resolves.toBeDefined();
  });
});

describe('update', () => {
  it('takes back what it has shown, as a whole, and refuses another value of what only the API sets', async () => {
    const { context, job, candidate } = await parties();
    const shown = await submit(context, job.id, candidate.id, { notes: 'a' });
    const send = (patch: object): Promise<Submission> => update(context, shown.id, submissionPatch.parse(patch));
    expect(await send(shown)).toEqual(shown);
    await expect(send({ ...shown, created_at: '2020-01-01T00:00:00.000Z' })).rejects.toMatchObject({
      errors: [{ field: 'created_at', code: 'read_only' }],
    });
  });

  it('dates every change of stage, and keeps each in the history in order: from, to, by whom, why, when', async () => {
    const { context, created } = await submitted();
    const another: RequestContext = callFor(context.accountId);
    const placed = await update(another, created.id, { stage: 'placed' });
    expect(placed).toMatchObject({ placed_at: placed.stage_changed_at, rejected_at: null, rejection_reason: null });
    expect(placed.stage_changed_at >= created.stage_changed_at).toBe(true);

    const rejected = await update(context, created.id, { stage: 'rejected', rejection_reason: 'salary' });
    expect(rejected).toMatchObject({ placed_at: null, rejected_at: rejected.stage_changed_at });
    expect(rejected.rejection_reason).toBe('salary');

    const revived = await update(context, created.id, { stage: 'screening' });
    expect(revived).toMatchObject({ placed_at: null, rejected_at: null, rejection_reason: null });

    await expect(historyOf(context, created.id)).resolves.toEqual([
      { from: null, to: 'screening', changed_by: context.principal, reason: null, at: created.created_at },
      { from: 'screening', to: 'placed', changed_by: another.principal, reason: null, at: placed.stage_changed_at },
      {
        from: 'placed',
        to: 'rejected',
        changed_by: context.principal,
        reason: 'salary',
        at: rejected.stage_changed_at,
      },
      { from: 'rejected', to: 'screening', changed_by: context.principal, reason: null, at: revived.stage_changed_at },
    ]);
  });

  it('pages through the history, with its total', async () => {
    const { context, created } = await submitted();
    for (const stage of ['interview', 'offer'] as const) await update(context, created.id, { stage });
    const page = await world.bus.request(submissions.history, { id: created.id, page: 2, per_page: 2 }, context);
    expect(page.data.map(({ to }) => to)).toEqual(['offer']);
    expect(page.meta).toEqual({ page: 2, per_page: 2, total: 3, total_pages: 2, total_is_exact: true });
  });

  it('loses no change of stage of many at once: each leaves from where the one before it led', async () => {
    const { context, created } = await submitted();
    const stages = (['interview', 'offer', 'placed', 'rejected'] as const).flatMap((stage) => [stage, stage, stage]);
    await Promise.all(stages.map((stage) => update(context, created.id, { stage })));
    const changes = await historyOf(context, created.id);
    expect(changes.map(({ from }) => from)).toEqual([null, ...changes.slice(0, -1).map(({ to }) => to)]);
    expect(changes.map(({ at }) => at)).toEqual(changes.map(({ at }) => at).toSorted());
    expect((await get(context, created.id)).stage).toBe(changes.at(-1)!.to);
  });

  it('writes no history, version or time when the patch changes nothing', async () => {
    const { context, created } = await submitted({ stage: 'rejected', rejection_reason: 'salary', notes: 'n' });
    for (const patch of [
      {},
      { stage: 'rejected' },
      { rejection_reason: 'salary', notes: 'n', source: null },
    ] as const) {
      await expect(update(context, created.id, patch)).resolves.toEqual(created);
    }
    await expect(rowsOf(context)).resolves.toEqual([{ id: created.id, stage: 'rejected', version: 1 }]);
    await expect(historyOf(context, created.id)).resolves.toHaveLength(1);
  });

  it('changes notes and source without touching the stage, its times or the history, and clears them with null', async () => {
    const { context, created } = await submitted({ stage: 'placed', source: 'referral' });
    const changed = await update(context, created.id, { notes: 'n', source: null });
    expect(changed).toEqual({ ...created, notes: 'n', source: null, updated_at: changed.updated_at });
    expect(changed.updated_at > created.updated_at).toBe(true);
    await expect(historyOf(context, created.id)).resolves.toHaveLength(1);
  });

  it('takes a rejection_reason afterwards, and clears it with null, without a change of stage', async () => {
    const { context, created } = await submitted({ stage: 'rejected' });
    await expect(update(context, created.id, { rejection_reason: 'salary' })).resolves.toMatchObject({
      rejection_reason: 'salary',
      rejected_at: created.rejected_at,
    });
    await expect(update(context, created.id, { rejection_reason: null })).resolves.toMatchObject({
      rejection_reason: null,
    });
    await expect(historyOf(context, created.id)).resolves.toHaveLength(1);
  });

  it.each<[string, SubmissionPatch]>([
    ['alone', { rejection_reason: 'salary' }],
    ['with another stage', { stage: 'offer', rejection_reason: 'salary' }],
  ])('refuses a rejection_reason %s while it is not rejected, and changes nothing', async (_, patch) => {
    const { context, created } = await submitted();
    await expect(update(context, created.id, patch)).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [{ field: 'rejection_reason', code: 'stage_not_rejected' }],
    });
    await expect(get(context, created.id)).resolves.toEqual(created);
  });

  it('goes on when the job has been closed and the candidate is inactive', async () => {
    const { context, job, candidate, created } = await submitted();
    await world.bus.request(jobs.close, { id: job.id }, context);
    await world.bus.request(candidates.delete, { id: candidate.id }, context);
    await expect(update(context, created.id, { stage: 'interview' })).resolves.toMatchObject({ stage: 'interview' });
  });
});

describe('lists', () => {
  it('filter by job, by candidate, by one stage and by several', async () => {
    const { context, job, candidate, created } = await submitted();
    const [otherJob, otherCandidate] = await Promise.all([newJob(context), newCandidate(context)]);
    const offered = await submit(context, otherJob.id, candidate.id, { stage: 'offer' });
    const rejected = await submit(context, job.id, otherCandidate.id, { stage: 'rejected' });
    const ids = async (query: Record<string, string>): Promise<string[]> =>
      (await list(context, { ...query, sort: 'created_at' })).data.map(({ id }) => id);
    // Each of which is tried below.
    expect(filtersOf(listSubmissionsInput)).toEqual(['candidate_id', 'job_id', 'stage']);
    await expect(ids({})).resolves.toEqual([created.id, offered.id, rejected.id]);
    await expect(ids({ job_id: job.id })).resolves.toEqual([created.id, rejected.id]);
    await expect(ids({ candidate_id: candidate.id })).resolves.toEqual([created.id, offered.id]);
    await expect(ids({ stage: 'offer' })).resolves.toEqual([offered.id]);
    await expect(ids({ stage: 'offer,rejected' })).resolves.toEqual([offered.id, rejected.id]);
    await expect(ids({ job_id: otherJob.id, stage: 'rejected' })).resolves.toEqual([]);
    await expect(ids({ job_id: UNKNOWN })).resolves.toEqual([]);

    const forJob = await listForJob(context, job.id, { sort: 'created_at' });
    expect(forJob.data.map(({ id }) => id)).toEqual([created.id, rejected.id]);
    const filtered = await listForJob(context, job.id, { stage: 'rejected', candidate_id: otherCandidate.id });
    expect(filtered).toMatchObject({ data: [rejected], meta: { total: 1 } });
  });

  it('sort by the time of the last change of stage, in both directions', async () => {
    const { context, job, created } = await submitted();
    const other = await submit(context, job.id, (await newCandidate(context)).id);
    await update(context, created.id, { stage: 'offer' });
    for (const [sort, order] of [
      ['stage_changed_at', [other.id, created.id]],
      ['-stage_changed_at', [created.id, other.id]],
    ] as const) {
      expect((await list(context, { sort })).data.map(({ id }) => id)).toEqual(order);
    }
  });

  it('page, with the total', async () => {
    const { context, job, created } = await submitted();
    await submit(context, job.id, (await newCandidate(context)).id);
    const second = await listForJob(context, job.id, { page: '2', per_page: '1' });
    expect(second.data).toEqual([created]);
    expect(second.meta).toEqual({ page: 2, per_page: 1, total: 2, total_pages: 2, total_is_exact: true, next: null });
  });

  it("of a job answer not_found for an unknown job and for another account's, and an empty page for one without any", async () => {
    const { context, job } = await parties();
    const absent = { code: 'not_found', detail: 'There is no such job.' };
    await expect(listForJob(context, UNKNOWN)).rejects.toMatchObject(absent);
    await expect(listForJob(callFor(), job.id)).rejects.toMatchObject(absent);
    await expect(listForJob(context, job.id)).resolves.toMatchObject({ data: [], meta: { total: 0 } });
  });
});

describe('another account', () => {
  it('cannot see or change a submission by its id, nor find it in a list', async () => {
    const { context, job, candidate, created } = await submitted();
    const stranger = callFor();
    const absent = { code: 'not_found', detail: 'There is no such submission.' };
    await expect(get(stranger, created.id)).rejects.toMatchObject(absent);
    await expect(historyOf(stranger, created.id)).rejects.toMatchObject(absent);
    await expect(update(stranger, created.id, { stage: 'placed' })).rejects.toMatchObject(absent);
    for (const query of [{}, { job_id: job.id }, { candidate_id: candidate.id }]) {
      await expect(list(stranger, query)).resolves.toMatchObject({ data: [], meta: { total: 0 } });
    }
    await expect(get(context, created.id)).resolves.toEqual(created);
  });
});

describe('while another service is away', () => {
  it.each([
    ['jobs', () => jobsProcess],
    ['candidates', () => candidatesProcess],
  ] as const)(
    'refuses a creation at once because of %s, lists all the same, and recovers by itself',
    async (_, child) => {
      const { context, created } = await submitted();
      const otherJob = await newJob(context);
      await child().stop();
      const askedAt = performance.now();
      await expect(submit(context, otherJob.id, created.candidate_id)).rejects.toMatchObject({
        code: 'service_unavailable',
        retryAfterS: 1,
      });
      expect(performance.now() - askedAt).toBeLessThan(scaled(2_000));
      await expect(list(context)).resolves.toMatchObject({ data: [created] });
      await expect(update(context, created.id, { stage: 'interview' })).resolves.toMatchObject({ stage: 'interview' });
      await expect(rowsOf(context)).resolves.toHaveLength(1);

      await child().start();
      await eventually(() => submit(context, otherJob.id, created.candidate_id));
      await expect(rowsOf(context)).resolves.toHaveLength(2);
    },
  );
});
