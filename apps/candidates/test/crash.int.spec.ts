import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { candidates, type CreateCandidateInput } from '@nexivo/contracts/candidates';
import type { ManagedProcess } from '@nexivo/local/managed-process';
import type { Call } from '@nexivo/service/call';
import { connectEventStream, type EventStream, publishedBy } from '@nexivo/testing/event-stream';
import { eventually } from '@nexivo/testing/poll';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
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

const jane: CreateCandidateInput = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', status: 'new' };
const create = (call: Call) => world.bus.exchange(candidates.create, jane, call);

const rowsOf = ({ accountId }: Call): Promise<{ id: string }[]> =>
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
const unpublishedOf = ({ accountId }: Call): Promise<{ id: string }[]> =>
  world.sql('candidates', 'select id from outbox where account_id = $1 and published_at is null', [accountId]);

async function restart(): Promise<void> {
  await eventually(() => expect(service.pid).toBeUndefined());
  await service.start();
}

it('a service killed after the commit and before its answer: the retry gets the answer that was lost, of the one row', async () => {
  const call: Call = { ...callFor(), idempotencyKey: randomUUID() };
  const lock = await holdBack();
  const lost = create(call).catch((error: unknown) => error);
  await heldBack();
  // The bus takes nothing more, so the answer cannot leave; the commit can.
  world.nats.process.kill('SIGSTOP');
  await lock.end();
  await eventually(async () => expect(await rowsOf(call)).toHaveLength(1));
  service.kill('SIGKILL');
  world.nats.process.kill('SIGKILL');
  expect(await lost).toMatchObject({ code: expect.stringMatching(/^service_(unavailable|timeout)$/) });

  await restart();
  const again = await eventually(() => create(call));
  expect(again).toMatchObject({ isReplay: true, version: 1 });
  const [row, ...others] = await rowsOf(call);
  expect(others).toEqual([]);
  expect(again.body.id).toBe(row!.id);
  await expect(world.bus.call(candidates.get, { id: row!.id }, call)).resolves.toEqual(again.body);
  expect(await publishedBy(world, stream, 'candidates', call.accountId)).toMatchObject([
    { event: { type: 'candidate.created', request_id: call.requestId } },
  ]);
}, 60_000);

it.each([
  ['what it had begun to send arrives all the same', 'SIGCONT'],
  ['nothing that it had begun to send arrives', 'SIGKILL'],
] as const)(
  'a service killed after the commit and before it knew its event stored: the event is stored once, where %s',
  async (_, signal) => {
    const call = callFor();
    const lock = await holdBack();
    const lost = create(call).catch((error: unknown) => error);
    await heldBack();
    world.nats.process.kill('SIGSTOP');
    await lock.end();
    const [event] = await eventually(async () => {
      const unpublished = await unpublishedOf(call);
      expect(unpublished).toHaveLength(1);
      return unpublished;
    });
    service.kill('SIGKILL');
    await eventually(() => expect(service.pid).toBeUndefined());
    world.nats.process.kill(signal);
    await lost;
    await expect(unpublishedOf(call)).resolves.toEqual([event]);

    await service.start();
    const stored = await eventually(async () => {
      expect(await unpublishedOf(call)).toEqual([]);
      return stream.read();
    });
    const [row] = await rowsOf(call);
    expect(stored.filter((each) => each.event.data.object.id === row!.id)).toMatchObject([
      { event: { id: event!.id, type: 'candidate.created', request_id: call.requestId, resource_version: 1 } },
    ]);
  },
  60_000,
);

it('a service killed before the commit: nothing is left of the write, and the retry carries it out, once', async () => {
  const call: Call = { ...callFor(), idempotencyKey: randomUUID() };
  const lock = await holdBack();
  const lost = create(call).catch((error: unknown) => error);
  await heldBack();
  service.kill('SIGKILL');
  expect(await lost).toMatchObject({ code: 'service_unavailable' });
  await lock.end();

  await restart();
  // The dead service's transaction may hold the key until Postgres notices.
  const again = await eventually(() => create(call));
  expect(again.isReplay).toBe(false);
  expect(await rowsOf(call)).toEqual([{ id: again.body.id }]);
  expect(await publishedBy(world, stream, 'candidates', call.accountId)).toHaveLength(1);
}, 60_000);
