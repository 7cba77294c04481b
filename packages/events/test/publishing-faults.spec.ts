import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { startPostgres } from '@nexivo/local/postgres';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { startPublisher, stopPublishers } from './publisher-process.js';
import { proveConcurrentWriters, proveRelayKilled } from './publishing-proofs.js';
import { type PublishingWorld, startPublishingWorld } from './publishing-world.js';
import { startRelay, stopRelays } from './relays.js';
import { appendedIds, changeEach, lost, newIds, outOfOrder } from './resources.js';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await stopRelays();
  await stopPublishers();
  for (const clean of cleanUp.splice(0).toReversed()) await clean();
});

const startWorld = async (postgresUrl?: string): Promise<PublishingWorld> => {
  const world = await startPublishingWorld(postgresUrl === undefined ? {} : { postgresUrl });
  cleanUp.push(() => world.stop());
  return world;
};
const drained = (world: PublishingWorld): Promise<void> =>
  eventually(async () => expect(await world.unpublished()).toBe(0));

// 200 kills and 20,000 events: publishing.long.ts.
it('a relay killed 20 times between publish and mark loses nothing, and the stream has each event once', async () => {
  const { duplicates } = await proveRelayKilled(20, 120_000);
  expect(duplicates).toBe(0);
});

it('beyond the de-duplication window no more is stored twice than was in flight at a kill', async () => {
  const { duplicates } = await proveRelayKilled(3, 100);
  expect(duplicates).toBeGreaterThan(0);
});

it('with 200 writers that commit out of order and two relays, no event is missing or out of its order', async () => {
  await proveConcurrentWriters(200, 2_000);
});

it('a service killed right after a commit has its event published by the next start', async () => {
  const world = await startWorld();
  for (let kill = 0; kill < 3; kill++) {
    expect(await (await startPublisher(world, 'killed after commit')).ended).toBe('SIGKILL');
  }
  expect(await appendedIds(world.database)).toHaveLength(3);
  expect(await world.unpublished()).toBeGreaterThan(0);
  await startPublisher(world);
  await drained(world);
  expect((await world.stored()).map(({ id }) => id)).toEqual(await appendedIds(world.database));
});

it('a relay that hangs in the middle of a batch is replaced within about 10 s, and is of use again when it wakes', async () => {
  const world = await startWorld();
  const resources = newIds(20);
  await changeEach(world.database, resources);
  const hung = await startPublisher(world, 'stopped before mark');
  await eventually(() => expect(hung.inFlight).toBe(20));
  const hungAt = performance.now();
  const other = await startRelay(world);
  await changeEach(world.database, [...resources, ...resources]);
  await drained(world);
  expect(performance.now() - hungAt).toBeGreaterThan(5_000);
  expect(performance.now() - hungAt).toBeLessThan(scaled(12_000));

  hung.kill('SIGCONT');
  await changeEach(world.database, resources);
  await drained(world);
  await stopRelays();
  await changeEach(world.database, resources);
  await drained(world);
  expect(other.published).toBeLessThan(100);
  const stored = await world.stored();
  expect(stored).toHaveLength(100);
  expect(outOfOrder(stored)).toEqual([]);
});

it('Postgres restarted twice while events are written: the relay goes on by itself', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-events-pg-'));
  const postgres = await startPostgres({ dataDir, autoRestart: false });
  cleanUp.push(async () => {
    await postgres.stop();
    removeOutsideDirectory(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  });
  const world = await startWorld(postgres.url);
  await startPublisher(world);
  await startRelay(world);
  for (let restart = 0; restart < 2; restart++) {
    const resources = newIds(50);
    await changeEach(world.database, resources);
    postgres.process.kill('SIGKILL');
    await expect(changeEach(world.database, resources)).rejects.toThrow();
    await postgres.process.stop();
    await postgres.process.start();
    await eventually(() => changeEach(world.database, resources));
    await drained(world);
  }
  const stored = await world.stored();
  expect(await lost(world.database, stored)).toEqual([]);
  expect(outOfOrder(stored)).toEqual([]);
});
