import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { eventually } from '@nexivo/testing/poll';
import { startPublisher, stopPublishers } from './publisher-process.js';
import { startPublishingWorld, type Stored } from './publishing-world.js';
import { appendedIds, changeEach, changeResource, duplicates, lost, newIds, outOfOrder } from './resources.js';

/**
 * Kills relays with SIGKILL between publishing and marking, again and again, while writes go on. Checks that nothing is lost, that
 * an event is stored once within the stream's window and in the order of its resource, and that no more are stored again than were
 * in flight at a kill.
 */
export async function proveRelayKilled(
  kills: number,
  duplicateWindowMs: number,
): Promise<{ events: number; inFlight: number; duplicates: number }> {
  const world = await startPublishingWorld({ duplicateWindowMs });
  try {
    const resources = newIds(20);
    const over = new AbortController();
    const writing = (async () => {
      while (!over.signal.aborted) {
        await changeEach(world.database, resources);
        await delay(100);
      }
    })();
    let inFlight = 0;
    for (let kill = 0; kill < kills; kill++) {
      const publisher = await startPublisher(world, kill % 2 === 0 ? 'killed before mark' : 'killed while publishing');
      expect(await publisher.ended).toBe('SIGKILL');
      inFlight += publisher.inFlight!;
    }
    over.abort();
    await writing;
    await startPublisher(world);
    await eventually(async () => expect(await world.unpublished()).toBe(0));

    const stored = await world.stored();
    expect(await lost(world.database, stored)).toEqual([]);
    expect(outOfOrder(stored)).toEqual([]);
    expect(shortestRepeatMs(stored)).toBeGreaterThanOrEqual(duplicateWindowMs);
    expect(inFlight).toBeGreaterThan(0);
    expect(duplicates(stored)).toBeLessThanOrEqual(inFlight);
    const { length: events } = await appendedIds(world.database);
    return { events, inFlight, duplicates: duplicates(stored) };
  } finally {
    await stopPublishers();
    await world.stop();
  }
}

/** The shortest time between two copies of one event in the stream; infinite if there are none. */
function shortestRepeatMs(stored: readonly Stored[]): number {
  const lastAt = new Map<string, number>();
  let shortest = Infinity;
  for (const { id, storedAt } of stored) {
    const before = lastAt.get(id);
    if (before !== undefined) shortest = Math.min(shortest, storedAt.getTime() - before);
    lastAt.set(id, storedAt.getTime());
  }
  return shortest;
}

/**
 * Lets writers change resources at once, each holding its transaction open for up to half a second, so that they commit in another
 * order than they wrote in, while two relays publish. Checks that nothing is missing and that each resource's events are in order.
 */
export async function proveConcurrentWriters(
  writers: number,
  events: number,
): Promise<{ events: number; overtaken: number; duplicates: number; seconds: number }> {
  const world = await startPublishingWorld();
  try {
    await Promise.all([startPublisher(world), startPublisher(world)]);
    const resources = newIds(events / 10);
    const startedAt = performance.now();
    let left = events;
    await Promise.all(
      Array.from({ length: writers }, async () => {
        while (left-- > 0) {
          const id = resources[Math.floor(Math.random() * resources.length)]!;
          await world.database.transaction(async (tx) => {
            await changeResource(tx, id);
            await delay(Math.random() * 500);
          });
        }
      }),
    );
    await eventually(async () => expect(await world.unpublished()).toBe(0));

    const stored = await world.stored();
    expect(await lost(world.database, stored)).toEqual([]);
    expect(outOfOrder(stored)).toEqual([]);
    expect(stored.length - duplicates(stored)).toBe(events);
    const overtaken = overtakenBy(await appendedIds(world.database), stored);
    // Otherwise nothing was proved: a cursor would have done as well.
    expect(overtaken).toBeGreaterThan(events / 10);
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    return { events, overtaken, duplicates: duplicates(stored), seconds };
  } finally {
    await stopPublishers();
    await world.stop();
  }
}

/** How many events were stored after one that had been appended later. */
function overtakenBy(appended: readonly string[], stored: readonly Stored[]): number {
  const place = new Map(appended.map((id, index) => [id, index]));
  let highest = -1;
  return stored.filter(({ id }) => {
    const isLate = place.get(id)! < highest;
    highest = Math.max(highest, place.get(id)!);
    return isLate;
  }).length;
}
