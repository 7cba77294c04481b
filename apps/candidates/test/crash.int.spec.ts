import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { candidates, type CreateCandidateInput } from '@nexivo/contracts/candidates';
import type { ManagedProcess } from '@nexivo/local/managed-process';
import type { Call } from '@nexivo/service/call';
import { eventually } from '@nexivo/testing/poll';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import pg from 'pg';

let world: World;
let service: ManagedProcess;

beforeAll(async () => {
  world = await startWorld();
  service = await world.spawn('candidates');
});
afterAll(() => world.stop());

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
}, 60_000);

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
}, 60_000);
