import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Candidate, type CandidateStatus, candidates, createCandidateInput } from '@nexivo/contracts/candidates';
import type { Event } from '@nexivo/contracts/events';
import { submissionExample } from '@nexivo/contracts/submissions';
import { provisionEvents } from '@nexivo/events/stream';
import type { RequestContext } from '@nexivo/bus/context';
import { connectEventStream, type EventStream, publishedBy } from '@nexivo/testing/event-stream';
import { eventually } from '@nexivo/testing/poll';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { candidatesService } from '../src/app.module.js';
import { consumers, submissionPlaced } from '../src/consumers.js';
import { database } from '../src/database.js';
import { candidatesEnv } from '../src/env.js';

let world: World;
let ofCandidates: EventStream;
/** With the rights of the service that publishes placements. */
let ofSubmissions: EventStream;

beforeAll(async () => {
  world = await startWorld();
  await world.start({
    name: 'candidates',
    env: candidatesEnv,
    database,
    options: candidatesService,
    provision: (natsUrl) => provisionEvents({ NATS_URL: [natsUrl] }, consumers),
  });
  ofCandidates = await connectEventStream(world.nats.urlFor('candidates'));
  ofSubmissions = await connectEventStream(world.nats.urlFor('submissions'));
});
afterAll(async () => {
  await world.stop();
  await Promise.all([ofCandidates.close(), ofSubmissions.close()]);
});

const create = (context: RequestContext, status: CandidateStatus = 'new'): Promise<Candidate> =>
  world.bus.request(
    candidates.create,
    createCandidateInput.parse({ first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', status }),
    context,
  );
const get = (context: RequestContext, id: string): Promise<Candidate> =>
  world.bus.request(candidates.get, { id }, context);
const setStatus = (context: RequestContext, id: string, status: CandidateStatus): Promise<Candidate> =>
  world.bus.request(candidates.update, { id, patch: { status } }, context);

/** What the submissions service would publish of a candidate's placement. */
const placement = ({ accountId }: RequestContext, candidate_id: string): Event<'submission.placed'> => ({
  id: `evt_${randomUUID().replaceAll('-', '')}`,
  type: 'submission.placed',
  created_at: submissionExample.created_at,
  account_id: accountId,
  request_id: randomUUID(),
  resource_version: 2,
  data: { object: { ...submissionExample, candidate_id, stage: 'placed' }, previous: { stage: 'offer' } },
});

/** Publishes events and waits until the service has settled each, whatever became of it. */
async function deliver(...events: Event[]): Promise<void> {
  let last = 0;
  for (const event of events) last = await ofSubmissions.publish(event);
  await eventually(async () =>
    expect(await ofCandidates.settledBy(submissionPlaced.durable)).toBeGreaterThanOrEqual(last),
  );
}

const published = async ({ accountId }: RequestContext): Promise<Event[]> =>
  (await publishedBy(world, ofCandidates, 'candidates', accountId)).map(({ event }) => event);
const inboxOf = (event: Event) =>
  world.sql('candidates', 'select state, attempts from inbox where event_id = $1', [event.id]);
const DONE = [{ state: 'done', attempts: 0 }];

it('a placement makes its candidate placed, and says so as an update of the same request', async () => {
  const context = callFor();
  const before = await create(context);
  const event = placement(context, before.id);
  await deliver(event);
  const after = await get(context, before.id);
  expect(after).toEqual({ ...before, status: 'placed', updated_at: after.updated_at });
  const [, update, ...others] = await published(context);
  expect(others).toEqual([]);
  expect(update).toMatchObject({
    type: 'candidate.updated',
    request_id: event.request_id,
    resource_version: 2,
    created_at: after.updated_at,
    data: { object: after, previous: { status: 'new' } },
  });
  await expect(inboxOf(event)).resolves.toEqual(DONE);
});

it('a placement that is delivered again, however late, does not undo what a user has set since', async () => {
  const context = callFor();
  const { id } = await create(context);
  const event = placement(context, id);
  // Beyond the de-duplication window the stream takes an event again: as another message.
  await deliver(event, event);
  await expect(get(context, id)).resolves.toMatchObject({ status: 'placed' });
  const changed = await setStatus(context, id, 'available');
  await deliver(event, event, event);
  await expect(get(context, id)).resolves.toEqual(changed);
  expect((await published(context)).map(({ type, resource_version }) => [type, resource_version])).toEqual([
    ['candidate.created', 1],
    ['candidate.updated', 2],
    ['candidate.updated', 3],
  ]);
  await expect(inboxOf(event)).resolves.toEqual(DONE);
});

it('another placement of the same candidate is another event, and takes effect', async () => {
  const context = callFor();
  const { id } = await create(context);
  await deliver(placement(context, id));
  await setStatus(context, id, 'available');
  await deliver(placement(context, id));
  await expect(get(context, id)).resolves.toMatchObject({ status: 'placed' });
});

it.each(['placed', 'inactive'] as const)(
  'a candidate who is %s already stays so, and nothing is published',
  async (status) => {
    const context = callFor();
    const before = await create(context, status);
    const event = placement(context, before.id);
    await deliver(event);
    await expect(get(context, before.id)).resolves.toEqual(before);
    expect((await published(context)).map(({ type }) => type)).toEqual(['candidate.created']);
    await expect(inboxOf(event)).resolves.toEqual(DONE);
  },
);

it("a placement of nobody's candidate, or of another account's, changes nothing and is done with", async () => {
  const context = callFor();
  const before = await create(context);
  const events = [placement(context, randomUUID()), placement(callFor(), before.id)];
  await deliver(...events);
  await expect(get(context, before.id)).resolves.toEqual(before);
  for (const event of events) await expect(inboxOf(event)).resolves.toEqual(DONE);
});

it('a placement that names no candidate is a dead letter, and those behind it take effect', async () => {
  const context = callFor();
  const { id } = await create(context);
  const nobodys = placement(context, id);
  delete (nobodys.data.object as Partial<Event<'submission.placed'>['data']['object']>).candidate_id;
  await deliver(nobodys, placement(context, id));
  await expect(get(context, id)).resolves.toMatchObject({ status: 'placed' });
  const dead = await world.sql('candidates', 'select state, attempts, reason from inbox where json = $1', [
    JSON.stringify(nobodys),
  ]);
  expect(dead).toEqual([
    { state: 'dead', attempts: 1, reason: expect.stringMatching(/^malformed: data\.object\.candidate_id/) },
  ]);
});

it('a placement as the first version of its contract had it is understood', async () => {
  const file = join(import.meta.dirname, '../../../packages/contracts/test/golden/submission.placed.v1.json');
  const golden = JSON.parse(readFileSync(file, 'utf8')) as Event<'submission.placed'>;
  const context = callFor(golden.account_id);
  const before = await create(context);
  await world.sql('candidates', 'update candidates set id = $2 where id = $1', [
    before.id,
    golden.data.object.candidate_id,
  ]);
  await deliver(golden);
  await expect(get(context, golden.data.object.candidate_id)).resolves.toMatchObject({ status: 'placed' });
});
