import { randomUUID } from 'node:crypto';
import { candidateExample } from '@nexivo/contracts/candidates';
import type { DataSource, EntityManager } from 'typeorm';
import { appendToOutbox } from '../src/outbox.js';
import type { Stored } from './publishing-world.js';

const context = { accountId: randomUUID(), requestId: 'request-1' };

/** A write as the services do it: the row under its lock, then the event. */
export async function changeResource(tx: EntityManager, id: string): Promise<void> {
  const [{ version }] = await tx.query<[{ version: number }]>(
    `insert into resources as known values ($1, 1) on conflict (id) do update set version = known.version + 1
     returning version`,
    [id],
  );
  await appendToOutbox(tx, context, {
    type: version === 1 ? 'candidate.created' : 'candidate.updated',
    object: { ...candidateExample, id } as never,
    previous: version === 1 ? null : { status: 'new' },
    resource_version: version,
  });
}

/** Changes resources one after the other, each in its own transaction. */
export async function changeEach(database: DataSource, ids: readonly string[]): Promise<void> {
  for (const id of ids) await database.transaction((tx) => changeResource(tx, id));
}

export const newIds = (count: number): string[] => Array.from({ length: count }, () => randomUUID());

/** The ids of all events that were ever appended. */
export async function appendedIds(database: DataSource): Promise<string[]> {
  const rows = await database.query<{ id: string }[]>('select id from outbox order by seq');
  return rows.map(({ id }) => id);
}

/** What was appended and is not stored. */
export async function lost(database: DataSource, stored: readonly Stored[]): Promise<string[]> {
  const there = new Set(stored.map(({ id }) => id));
  return (await appendedIds(database)).filter((id) => !there.has(id));
}

/** Resources whose events, duplicates aside, are not stored as version 1, 2, 3 … in this order. */
export function outOfOrder(stored: readonly Stored[]): string[] {
  const seen = new Set<string>();
  const versions = new Map<string, number>();
  const wrong = new Set<string>();
  for (const { id, event } of stored) {
    if (seen.has(id)) continue;
    seen.add(id);
    const { id: resource } = event.data.object;
    const expected = (versions.get(resource) ?? 0) + 1;
    if (event.resource_version !== expected) wrong.add(resource);
    versions.set(resource, event.resource_version);
  }
  return [...wrong];
}

/** How often events are stored beyond the first time. */
export const duplicates = (stored: readonly Stored[]): number =>
  stored.length - new Set(stored.map(({ id }) => id)).size;
