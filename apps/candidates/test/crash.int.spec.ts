import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { candidates, type CreateCandidateInput, listCandidatesInput } from '@nexivo/contracts/candidates';
import type { ManagedProcess } from '@nexivo/local/managed-process';
import type { RequestContext } from '@nexivo/bus/context';
import { connectEventStream, type EventStream, publishedBy } from '@nexivo/testing/event-stream';
import { eventually } from '@nexivo/testing/poll';
import { callFor, exchange, startWorld, type World } from '@nexivo/testing/world';
import pg from 'pg';

let world: World;
let service: ManagedProcess;
let stream: EventStream;

beforeAll(async () => {
  world = await startWorld();
  service = await world.spawn('candidates');
  stream = await connectEventStream(world.nats.urlFor('candidates'));
});
afterAll(async () => {
  await world.stop();
  await stream.close();
});

/** The test before may have ended servers, and who asks may not be connected to them again. */
beforeEach(() => eventually(() => world.bus.request(candidates.list, listCandidatesInput.parse({}), callFor())));

const jane: CreateCandidateInput = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', status: 'new' };
const create = (context: RequestContext) => exchange(world.bus, candidates.create, jane, context);

const rowsOf = ({ accountId }: RequestContext): Promise<{ id: string }[]> =>
  world.sql('candidates', 'select id from candidates where account_id = $1', [accountId]);

/** Stops a write between its key and its row, until the connection returned is closed. */
async function holdBack(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: world.urlOf('candidates') });
  await client.connect();
  await client.query('begin; lock table candidates in exclusive mode');
  return client;
}

/** Until a write is held back in its transaction. */
const heldBack = (): Promise<void> =>
  eventually(async () => {
    const waiting = await world.sql(
      'candidates',
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(waiting).toHaveLength(1);
  });

/** The account's outbox, as far as it has not been published. */
const unpublishedOf = ({ accountId }: RequestContext): Promise<{ id: string }[]> =>
  world.sql('candidates', 'select id from outbox where account_id = $1 and published_at is null', [accountId]);

async function restart(): Promise<void> {
  await eventually(() => expect(service.pid).toBeUndefined());
  await service.start();
}

it('a service killed after the commit and before its answer: the retry gets the answer that was lost, of the one row', async () => {
  const context: RequestContext = { ...callFor(), idempotencyKey: randomUUID() };
  const lock = await holdBack();
  const lost = create(context).catch((error: unknown) => error);
  await heldBack();
  // The bus takes nothing more, so the answer cannot leave; the commit can.
  world.nats.process.kill('SIGSTOP');
  await lock.end();
  await eventually(async () => expect(await rowsOf(context)).toHaveLength(1));
  service.kill('SIGKILL');
  world.nats.process.kill('SIGKILL');
  expect(await lost).toMatchObject({ code: expect.stringMatching(/^service_(unavailable|timeout)$/) });

  await restart();
  const again = await eventually(() => create(context));
  expect(again).toMatchObject({ isReplay: true, version: 1 });
  const [row, ...others] = await rowsOf(context);
  expect(others).toEqual([]);
  expect(again.body.id).toBe(row!.id);
  await expect(world.bus.request(candidates.get, { id: row!.id }, context)).resolves.toEqual(again.body);
  expect(await publishedBy(world, stream, 'candidates', context.accountId)).toMatchObject([
    { event: { type: 'candidate.created', request_id: context.requestId } },
  ]);
});

it.each([
  ['what it had begun to send arrives all the same', 'SIGCONT'],
  ['nothing that it had begun to send arrives', 'SIGKILL'],
] as const)(
  'a service killed after the commit and before it knew its event stored: the event is stored once, where %s',
  async (_, signal) => {
    const context = callFor();
    const lock = await holdBack();
    const lost = create(context).catch((error: unknown) => error);
    await heldBack();
    world.nats.process.kill('SIGSTOP');
    await lock.end();
    const [event] = await eventually(async () => {
      const unpublished = await unpublishedOf(context);
      expect(unpublished).toHaveLength(1);
      return unpublished;
    });
    service.kill('SIGKILL');
    await eventually(() => expect(service.pid).toBeUndefined());
    world.nats.process.kill(signal);
    await lost;
    await expect(unpublishedOf(context)).resolves.toEqual([event]);

    await service.start();
    const stored = await eventually(async () => {
      expect(await unpublishedOf(context)).toEqual([]);
      return stream.read();
    });
    const [row] = await rowsOf(context);
    expect(stored.filter((each) => each.event.data.object.id === row!.id)).toMatchObject([
      { event: { id: event!.id, type: 'candidate.created', request_id: context.requestId, resource_version: 1 } },
    ]);
  },
);

it('a service killed before the commit: nothing is left of the write, and the retry carries it out, once', async () => {
  const context: RequestContext = { ...callFor(), idempotencyKey: randomUUID() };
  const lock = await holdBack();
  const lost = create(context).catch((error: unknown) => error);
  await heldBack();
  service.kill('SIGKILL');
  expect(await lost).toMatchObject({ code: 'service_unavailable' });
  await lock.end();

  await restart();
  // The dead service's transaction may hold the key until Postgres notices.
  const again = await eventually(() => create(context));
  expect(again.isReplay).toBe(false);
  expect(await rowsOf(context)).toEqual([{ id: again.body.id }]);
  expect(await publishedBy(world, stream, 'candidates', context.accountId)).toHaveLength(1);
});
