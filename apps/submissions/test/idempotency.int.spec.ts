import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { candidates, createCandidateInput } from '@nexivo/contracts/candidates';
import { createJobInput, jobs } from '@nexivo/contracts/jobs';
import { createSubmissionInput, type SubmissionPatch, submissions } from '@nexivo/contracts/submissions';
import type { ManagedProcess } from '@nexivo/local/managed-process';
import type { RequestContext } from '@nexivo/bus/context';
import type { DomainError } from '@nexivo/bus/domain-error';
import { eventually } from '@nexivo/testing/poll';
import { callFor, exchange, startWorld, type World } from '@nexivo/testing/world';
import { submissionsService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { submissionsEnv } from '../src/env.js';

let world: World;
let jobsProcess: ManagedProcess;

beforeAll(async () => {
  world = await startWorld();
  [jobsProcess] = await Promise.all([
    world.spawn('jobs'),
    world.spawn('candidates'),
    world.start({ name: 'submissions', env: submissionsEnv, database, options: submissionsService }),
  ]);
});
afterAll(() => world.stop());

const keyed = (context: RequestContext): RequestContext => ({ ...context, idempotencyKey: randomUUID() });

/** A new account's open job and candidate, and how to submit the one to the other under one key. */
async function parties() {
  const context = callFor();
  const job = await world.bus.request(jobs.create, createJobInput.parse({ title: 'Engineer' }), context);
  const jane = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' };
  const candidate = await world.bus.request(candidates.create, createCandidateInput.parse(jane), context);
  const input = { ...createSubmissionInput.parse({ candidate_id: candidate.id }), job_id: job.id };
  const key = keyed(context);
  return { context, job, candidate, submit: () => exchange(world.bus, submissions.create, input, key) };
}

const rowsOf = ({ accountId }: RequestContext) =>
  world.sql('submissions', 'select id from submissions where account_id = $1', [accountId]);
const historyOf = async (context: RequestContext, id: string) =>
  (await world.bus.request(submissions.history, { id, page: 1, per_page: 100 }, context)).data;

it('a submission is answered again although the job is closed and the candidate inactive by now', async () => {
  const { context, job, candidate, submit } = await parties();
  const first = await submit();
  await world.bus.request(jobs.close, { id: job.id }, context);
  await world.bus.request(candidates.delete, { id: candidate.id }, context);
  const again = await submit();
  expect(again.isReplay).toBe(true);
  expect(JSON.stringify(again.body)).toBe(JSON.stringify(first.body));
  expect(await rowsOf(context)).toHaveLength(1);
  expect(await historyOf(context, first.body.id)).toHaveLength(1);
});

it('a submission is answered again although the jobs service is away', async () => {
  const { submit } = await parties();
  const first = await submit();
  await jobsProcess.stop();
  await expect(submit()).resolves.toEqual({ ...first, isReplay: true, isCreated: false });
  await jobsProcess.start();
});

it('a submission that was refused is decided anew: its parties may have changed', async () => {
  const { context, job, submit } = await parties();
  await world.bus.request(jobs.close, { id: job.id }, context);
  await expect(submit()).rejects.toMatchObject({ code: 'validation_failed' });
  await world.bus.request(jobs.update, { id: job.id, patch: { status: 'open' } }, context);
  await expect(submit()).resolves.toMatchObject({ isReplay: false });
});

it('twenty identical submissions with one key are one, with one entry in its history, and none is a duplicate', async () => {
  const { context, submit } = await parties();
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () =>
      submit().then(
        ({ body }) => body.id,
        (error: unknown) => (error as DomainError).code,
      ),
    ),
  );
  const [row, ...others] = await rowsOf(context);
  expect(others).toEqual([]);
  expect(outcomes.filter((outcome) => outcome !== row!['id'] && outcome !== 'idempotency_key_in_flight')).toEqual([]);
  expect(await historyOf(context, String(row!['id']))).toHaveLength(1);
});

it('a key that another submission has used is refused, also where that other one would be refused anyway', async () => {
  const { context, job, candidate, submit } = await parties();
  const first = await submit();
  const key = keyed(context);
  const patch = (id: string, changes: SubmissionPatch) =>
    exchange(world.bus, submissions.update, { id, patch: changes }, key);
  await expect(patch(first.body.id, { stage: 'offer' })).resolves.toMatchObject({ version: 2 });
  const create = createSubmissionInput.parse({ candidate_id: candidate.id });
  await world.bus.request(jobs.close, { id: job.id }, context);
  await expect(exchange(world.bus, submissions.create, { ...create, job_id: job.id }, key)).rejects.toMatchObject({
    code: 'idempotency_key_reused',
  });
  await expect(patch(first.body.id, { stage: 'placed' })).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  await expect(patch(first.body.id, { stage: 'offer' })).resolves.toMatchObject({ version: 2, isReplay: true });
});

it('a change of stage that is sent again is one entry in the history', async () => {
  const { context, submit } = await parties();
  const { body } = await submit();
  const key = keyed(context);
  const move = () => exchange(world.bus, submissions.update, { id: body.id, patch: { stage: 'interview' } }, key);
  const first = await move();
  await world.bus.request(submissions.update, { id: body.id, patch: { stage: 'offer' } }, context);
  await expect(move()).resolves.toEqual({ ...first, isReplay: true });
  const stages = (await historyOf(context, body.id)).map(({ to }) => to);
  expect(stages).toEqual(['screening', 'interview', 'offer']);
});

it('the answer that is committed while an identical request asks about its parties is the answer to both', async () => {
  const { context, job, submit } = await parties();
  const first = await submit();
  await world.bus.request(jobs.close, { id: job.id }, context);
  // As it was before the first request was committed.
  const moveKey = (from: string, to: string) =>
    world.sql('submissions', 'update idempotency_keys set account_id = $2 where account_id = $1', [from, to]);
  await moveKey(context.accountId, context.requestId);
  const [{ now }] = (await world.sql('submissions', 'select clock_timestamp() as now')) as [{ now: Date }];
  // Jobs takes the question and does not answer.
  jobsProcess.kill('SIGSTOP');
  const second = submit();
  await eventually(async () => {
    const looked = await world.sql(
      'submissions',
      `select 1 from pg_stat_activity where application_name = 'nexivo-submissions'
       and state = 'idle' and query like '%from idempotency_keys%' and query_start > $1`,
      [now],
    );
    expect(looked).toHaveLength(1);
  });
  await moveKey(context.requestId, context.accountId);
  jobsProcess.kill('SIGCONT');
  await expect(second).resolves.toEqual({ ...first, isReplay: true, isCreated: false });
});
