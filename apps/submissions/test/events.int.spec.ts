import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { candidates, createCandidateInput } from '@nexivo/contracts/candidates';
import { eventOf } from '@nexivo/contracts/events';
import { createJobInput, jobs } from '@nexivo/contracts/jobs';
import {
  type CreateSubmissionInput,
  createSubmissionInput,
  STAGES,
  type Submission,
  type SubmissionPatch,
  submissions,
} from '@nexivo/contracts/submissions';
import { provisionEvents } from '@nexivo/events/stream';
import type { RequestContext } from '@nexivo/bus/context';
import { connectEventStream, type EventStream, publishedBy, type StoredEvent } from '@nexivo/testing/event-stream';
import { callFor, exchange, startWorld, type World } from '@nexivo/testing/world';
import { submissionsService } from '../src/app.module.js';
import { consumers } from '../src/consumers.js';
import { database } from '../src/database.js';
import { submissionsEnv } from '../src/env.js';

let world: World;
let stream: EventStream;

beforeAll(async () => {
  world = await startWorld();
  await Promise.all([
    world.spawn('jobs'),
    world.spawn('candidates'),
    world.start({
      name: 'submissions',
      env: submissionsEnv,
      database,
      options: submissionsService,
      provision: (natsUrl) => provisionEvents({ NATS_URL: [natsUrl] }, consumers),
    }),
  ]);
  stream = await connectEventStream(world.nats.urlFor('submissions'));
});
afterAll(async () => {
  await world.stop();
  await stream.close();
});

/** A new account's open job and candidate, and how to submit the one to the other. */
async function parties() {
  const context = callFor();
  const { id: job_id } = await world.bus.request(jobs.create, createJobInput.parse({ title: 'Engineer' }), context);
  const jane = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' };
  const candidate = await world.bus.request(candidates.create, createCandidateInput.parse(jane), context);
  const submit = (input: Partial<CreateSubmissionInput> = {}, by: RequestContext = context): Promise<Submission> =>
    world.bus.request(
      submissions.create,
      { ...createSubmissionInput.parse({ candidate_id: candidate.id, ...input }), job_id },
      by,
    );
  return { context, job_id, candidate, submit };
}

const update = (context: RequestContext, id: string, patch: SubmissionPatch): Promise<Submission> =>
  world.bus.request(submissions.update, { id, patch }, context);
const newRequest = ({ accountId }: RequestContext): RequestContext => callFor(accountId);
const eventsOf = ({ accountId }: RequestContext): Promise<StoredEvent[]> =>
  publishedBy(world, stream, 'submissions', accountId);
const summaryOf = ({ event }: StoredEvent) => ({
  type: event.type,
  version: event.resource_version,
  previous: event.data.previous,
  request: event.request_id,
});
const typesOf = async (context: RequestContext): Promise<string[]> =>
  (await eventsOf(context)).map(({ event }) => event.type);

describe('a write', () => {
  it('is published as the contract has it: what, by which request, when, and under which id', async () => {
    const { context, submit } = await parties();
    const by = { ...newRequest(context), traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    const created = await submit({ notes: 'n' }, by);
    const [stored, ...others] = await eventsOf(context);
    expect(others).toEqual([]);
    const { event } = stored!;
    expect(event).toEqual({
      id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      type: 'submission.created',
      created_at: created.created_at,
      account_id: context.accountId,
      request_id: by.requestId,
      resource_version: 1,
      data: { object: created, previous: null },
    });
    expect(eventOf('submission.created').parse(event)).toEqual(event);
    expect(stored!.subject).toBe(`events.submission.${created.id}.created`);
    expect(stored!.headers).toMatchObject({
      'Nats-Msg-Id': event.id,
      'Nexivo-Event-Version': '1',
      'Nexivo-Request-Id': by.requestId,
      traceparent: by.traceparent,
    });
  });

  it('is one event for each thing that happened, in its order, with what was before', async () => {
    const { context, submit } = await parties();
    const created = await submit();
    const requests = Array.from({ length: 3 }, () => newRequest(context));
    const after = [
      await update(requests[0]!, created.id, { stage: 'rejected', rejection_reason: 'salary' }),
      await update(requests[1]!, created.id, { stage: 'placed', notes: 'n' }),
      await update(requests[2]!, created.id, { stage: 'offer' }),
    ] as const;
    const stored = await eventsOf(context);
    const requestIds = requests.map(({ requestId }) => requestId);
    const [rejected, placed] = after;
    const beforePlaced = {
      stage: 'rejected',
      rejection_reason: 'salary',
      notes: null,
      stage_changed_at: rejected.stage_changed_at,
      rejected_at: rejected.rejected_at,
      placed_at: null,
    };
    expect(stored.map(summaryOf)).toEqual([
      { type: 'submission.created', version: 1, previous: null, request: context.requestId },
      {
        type: 'submission.stage_changed',
        version: 2,
        previous: {
          stage: 'screening',
          rejection_reason: null,
          stage_changed_at: created.stage_changed_at,
          rejected_at: null,
        },
        request: requestIds[0],
      },
      { type: 'submission.stage_changed', version: 3, previous: beforePlaced, request: requestIds[1] },
      { type: 'submission.placed', version: 3, previous: beforePlaced, request: requestIds[1] },
      {
        type: 'submission.stage_changed',
        version: 4,
        previous: { stage: 'placed', stage_changed_at: placed.stage_changed_at, placed_at: placed.placed_at },
        request: requestIds[2],
      },
    ]);
    const objects = [created, rejected, placed, placed, after[2]];
    expect(stored.map(({ event }) => event.data.object)).toEqual(objects);
    expect(stored.map(({ event }) => event.created_at)).toEqual(objects.map(({ updated_at }) => updated_at));
    for (const { event, headers } of stored) {
      expect(eventOf(event.type).parse(event)).toEqual(event);
      expect(headers['Nats-Msg-Id']).toBe(event.id);
    }
    await expect(world.bus.request(submissions.get, { id: created.id }, context)).resolves.toEqual(after[2]);
  });

  it('that begins with placed says created and placed, so that its candidate becomes placed', async () => {
    const { context, submit } = await parties();
    const created = await submit({ stage: 'placed' });
    const stored = await eventsOf(context);
    expect(stored.map(summaryOf)).toMatchObject([
      { type: 'submission.created', version: 1, previous: null },
      { type: 'submission.placed', version: 1, previous: null },
    ]);
    expect(stored.map(({ event }) => event.data.object)).toEqual([created, created]);
  });

  it('of many at once is published in the order of its versions, each stage from the one before', async () => {
    const { context, submit } = await parties();
    const { id } = await submit();
    const stages = STAGES.flatMap((stage) => [stage, stage, stage]);
    await Promise.all(stages.map((stage) => update(newRequest(context), id, { stage })));
    const stored = await eventsOf(context);
    const versions = stored.map(({ event }) => event.resource_version);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    const changes = stored.map(({ event }) => event).filter(({ type }) => type === 'submission.stage_changed');
    const reached = ['screening', ...changes.map(({ data }) => (data.object as Submission).stage)];
    expect(changes.map(({ data }) => (data.previous as Partial<Submission>).stage)).toEqual(reached.slice(0, -1));
    expect(new Set(versions).size).toBe(changes.length + 1);
    const placed = stored.filter(({ event }) => event.type === 'submission.placed');
    expect(placed).toHaveLength(reached.filter((stage) => stage === 'placed').length);
    expect(placed.length).toBeGreaterThan(0);
  });
});

describe('nothing is published', () => {
  it('of a patch that leaves the stage as it is', async () => {
    const { context, submit } = await parties();
    const created = await submit({ stage: 'rejected' });
    await update(context, created.id, { notes: 'n', source: 's' });
    await update(context, created.id, { rejection_reason: 'salary' });
    const changed = await update(context, created.id, { stage: 'rejected', notes: null });
    await expect(update(context, created.id, {})).resolves.toEqual(changed);
    await expect(update(context, created.id, { stage: 'rejected', source: 's' })).resolves.toEqual(changed);
    await expect(typesOf(context)).resolves.toEqual(['submission.created']);
  });

  it('of a write that is refused or rolled back', async () => {
    const { context, candidate, submit } = await parties();
    const { id } = await submit();
    const stale = { ...context, ifMatch: [7] };
    const refused: [string, () => Promise<unknown>][] = [
      ['duplicate_submission', () => submit()],
      ['validation_failed', () => submit({ candidate_id: randomUUID() })],
      ['validation_failed', () => update(context, id, { rejection_reason: 'salary' })],
      ['not_found', () => update(callFor(), id, { stage: 'offer' })],
      ['precondition_failed', () => exchange(world.bus, submissions.update, { id, patch: { stage: 'offer' } }, stale)],
    ];
    for (const [code, write] of refused) await expect(write()).rejects.toMatchObject({ code });
    await update(context, id, { stage: 'rejected' });
    const second = await submit();
    await expect(update(context, id, { stage: 'placed' })).rejects.toMatchObject({
      code: 'duplicate_submission',
      errors: [{ field: 'candidate_id', existing_id: expect.any(String) }],
    });
    await expect(typesOf(context)).resolves.toEqual([
      'submission.created',
      'submission.stage_changed',
      'submission.created',
    ]);
    expect(second.candidate_id).toBe(candidate.id);
  });

  it('of a write that is answered again under its key, also when many come at once', async () => {
    const { context, job_id, candidate } = await parties();
    const keyed = { ...context, idempotencyKey: randomUUID() };
    const input = { ...createSubmissionInput.parse({ candidate_id: candidate.id }), job_id };
    await Promise.allSettled(Array.from({ length: 10 }, () => exchange(world.bus, submissions.create, input, keyed)));
    const { body, isReplay } = await exchange(world.bus, submissions.create, input, sentAgain(keyed));
    expect(isReplay).toBe(true);
    const placing = { ...context, idempotencyKey: randomUUID() };
    const patch = { id: body.id, patch: { stage: 'placed' as const } };
    const first = await exchange(world.bus, submissions.update, patch, placing);
    const again = await exchange(world.bus, submissions.update, patch, sentAgain(placing));
    expect(again).toEqual({ ...first, isReplay: true, isCreated: false });
    expect((await eventsOf(context)).map(summaryOf)).toMatchObject([
      { type: 'submission.created', request: keyed.requestId },
      { type: 'submission.stage_changed', request: placing.requestId },
      { type: 'submission.placed', request: placing.requestId },
    ]);
  });
});

/** The same write in another request. */
const sentAgain = (context: RequestContext): RequestContext => ({ ...context, requestId: randomUUID() });
