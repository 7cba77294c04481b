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
import type { Call } from '@nexivo/service/call';
import { connectEventStream, type EventStream, publishedBy, type StoredEvent } from '@nexivo/testing/event-stream';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
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
      provision: (natsUrl) => provisionEvents(natsUrl, consumers),
    }),
  ]);
  stream = await connectEventStream(world.nats.urlFor('submissions'));
}, 60_000);
afterAll(async () => {
  await world.stop();
  await stream.close();
});

/** A new account's open job and candidate, and how to submit the one to the other. */
async function parties() {
  const call = callFor();
  const { id: job_id } = await world.bus.call(jobs.create, createJobInput.parse({ title: 'Engineer' }), call);
  const jane = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' };
  const candidate = await world.bus.call(candidates.create, createCandidateInput.parse(jane), call);
  const submit = (input: Partial<CreateSubmissionInput> = {}, by: Call = call): Promise<Submission> =>
    world.bus.call(
      submissions.create,
      { ...createSubmissionInput.parse({ candidate_id: candidate.id, ...input }), job_id },
      by,
    );
  return { call, job_id, candidate, submit };
}

const update = (call: Call, id: string, patch: SubmissionPatch): Promise<Submission> =>
  world.bus.call(submissions.update, { id, patch }, call);
const newRequest = ({ accountId }: Call): Call => callFor(accountId);
const eventsOf = ({ accountId }: Call): Promise<StoredEvent[]> => publishedBy(world, stream, 'submissions', accountId);
const summaryOf = ({ event }: StoredEvent) => ({
  type: event.type,
  version: event.resource_version,
  previous: event.data.previous,
  request: event.request_id,
});
const typesOf = async (call: Call): Promise<string[]> => (await eventsOf(call)).map(({ event }) => event.type);

describe('a write', () => {
  it('is published as the contract has it: what, by which request, when, and under which id', async () => {
    const { call, submit } = await parties();
    const by = { ...newRequest(call), traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    const created = await submit({ notes: 'n' }, by);
    const [stored, ...others] = await eventsOf(call);
    expect(others).toEqual([]);
    const { event } = stored!;
    expect(event).toEqual({
      id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      type: 'submission.created',
      created_at: created.created_at,
      account_id: call.accountId,
      request_id: by.requestId,
      resource_version: 1,
      data: { object: created, previous: null },
    });
    expect(eventOf('submission.created').parse(event)).toEqual(event);
    expect(stored!.subject).toBe('events.submission.created');
    expect(stored!.headers).toMatchObject({
      'Nats-Msg-Id': event.id,
      'Nexivo-Event-Version': '1',
      'Nexivo-Request-Id': by.requestId,
      traceparent: by.traceparent,
    });
  });

  it('is one event for each thing that happened, in its order, with what was before', async () => {
    const { call, submit } = await parties();
    const created = await submit();
    const requests = Array.from({ length: 3 }, () => newRequest(call));
    const after = [
      await update(requests[0]!, created.id, { stage: 'rejected', rejection_reason: 'salary' }),
      await update(requests[1]!, created.id, { stage: 'placed', notes: 'n' }),
      await update(requests[2]!, created.id, { stage: 'offer' }),
    ] as const;
    const stored = await eventsOf(call);
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
      { type: 'submission.created', version: 1, previous: null, request: call.requestId },
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
    await expect(world.bus.call(submissions.get, { id: created.id }, call)).resolves.toEqual(after[2]);
  });

  it('that begins with placed says created and placed, so that its candidate becomes placed', async () => {
    const { call, submit } = await parties();
    const created = await submit({ stage: 'placed' });
    const stored = await eventsOf(call);
    expect(stored.map(summaryOf)).toMatchObject([
      { type: 'submission.created', version: 1, previous: null },
      { type: 'submission.placed', version: 1, previous: null },
    ]);
    expect(stored.map(({ event }) => event.data.object)).toEqual([created, created]);
  });

  it('of many at once is published in the order of its versions, each stage from the one before', async () => {
    const { call, submit } = await parties();
    const { id } = await submit();
    const stages = STAGES.flatMap((stage) => [stage, stage, stage]);
    await Promise.all(stages.map((stage) => update(newRequest(call), id, { stage })));
    const stored = await eventsOf(call);
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
    const { call, submit } = await parties();
    const created = await submit({ stage: 'rejected' });
    await update(call, created.id, { notes: 'n', source: 's' });
    await update(call, created.id, { rejection_reason: 'salary' });
    const changed = await update(call, created.id, { stage: 'rejected', notes: null });
    await expect(update(call, created.id, {})).resolves.toEqual(changed);
    await expect(update(call, created.id, { stage: 'rejected', source: 's' })).resolves.toEqual(changed);
    await expect(typesOf(call)).resolves.toEqual(['submission.created']);
  });

  it('of a write that is refused or rolled back', async () => {
    const { call, candidate, submit } = await parties();
    const { id } = await submit();
    const stale = { ...call, ifMatch: [7] };
    const refused: [string, () => Promise<unknown>][] = [
      ['duplicate_submission', () => submit()],
      ['validation_failed', () => submit({ candidate_id: randomUUID() })],
      ['validation_failed', () => update(call, id, { rejection_reason: 'salary' })],
      ['not_found', () => update(callFor(), id, { stage: 'offer' })],
      ['precondition_failed', () => world.bus.exchange(submissions.update, { id, patch: { stage: 'offer' } }, stale)],
    ];
    for (const [code, write] of refused) await expect(write()).rejects.toMatchObject({ code });
    await update(call, id, { stage: 'rejected' });
    const second = await submit();
    await expect(update(call, id, { stage: 'placed' })).rejects.toMatchObject({ code: 'duplicate_submission' });
    await expect(typesOf(call)).resolves.toEqual([
      'submission.created',
      'submission.stage_changed',
      'submission.created',
    ]);
    expect(second.candidate_id).toBe(candidate.id);
  });

  it('of a write that is answered again under its key, also when many come at once', async () => {
    const { call, job_id, candidate } = await parties();
    const keyed = { ...call, idempotencyKey: randomUUID() };
    const input = { ...createSubmissionInput.parse({ candidate_id: candidate.id }), job_id };
    await Promise.allSettled(Array.from({ length: 10 }, () => world.bus.exchange(submissions.create, input, keyed)));
    const { body, isReplay } = await world.bus.exchange(submissions.create, input, sentAgain(keyed));
    expect(isReplay).toBe(true);
    const placing = { ...call, idempotencyKey: randomUUID() };
    const patch = { id: body.id, patch: { stage: 'placed' as const } };
    const first = await world.bus.exchange(submissions.update, patch, placing);
    const again = await world.bus.exchange(submissions.update, patch, sentAgain(placing));
    expect(again).toEqual({ ...first, isReplay: true });
    expect((await eventsOf(call)).map(summaryOf)).toMatchObject([
      { type: 'submission.created', request: keyed.requestId },
      { type: 'submission.stage_changed', request: placing.requestId },
      { type: 'submission.placed', request: placing.requestId },
    ]);
  });
});

/** The same write in another request. */
const sentAgain = (call: Call): Call => ({ ...call, requestId: randomUUID() });
