import { expect } from '@jest/globals';
import { CANDIDATE_STATUSES } from '@nexivo/contracts/candidates';
import type { Event } from '@nexivo/contracts/events';
import type { Api } from '@nexivo/testing/api';
import type { EventStream } from '@nexivo/testing/event-stream';

/** A resource as the API shows it, as far as it matters here. */
interface Resource {
  id: string;
  updated_at: string;
}

/**
 * Checks that the stream tells the whole truth of an account: every change of every resource, each once, in its order, up to what
 * the API shows now.
 *
 * @param answered resources as successful writes have answered them
 * @returns how many events there are
 */
export async function expectWholeTruth(stream: EventStream, api: Api, answered: readonly unknown[]): Promise<number> {
  const shown = await everything(api);
  const ids = new Set(shown.map(({ id }) => id));
  const events = (await stream.read()).map(({ event }) => event).filter(({ data }) => ids.has(data.object.id));
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  const byResource = Map.groupBy(events, ({ data }) => data.object.id);
  const faults = shown.flatMap((resource) => faultsOf(resource, byResource.get(resource.id) ?? []));
  expect(faults).toEqual([]);
  const told = new Set(events.map(({ data }) => JSON.stringify(data.object)));
  expect(answered.map((body) => JSON.stringify(body)).filter((body) => !told.has(body))).toEqual([]);
  expect(misplaced(shown, events)).toEqual([]);
  return events.length;
}

/** What is wrong with the events of one resource; nothing is listed where they lead from its creation to what it is now. */
function faultsOf(resource: Resource, events: readonly Event[]): string[] {
  const [first] = events;
  if (!first) return [`${resource.id} has no events`];
  const faults: string[] = [];
  if (!first.type.endsWith('.created')) faults.push(`${resource.id} begins with ${first.type}`);
  // Two events of one change stand side by side and show the same.
  const changes = events.filter((event, n) => event.resource_version !== events[n - 1]?.resource_version);
  for (const [n, change] of changes.entries()) {
    if (change.resource_version !== n + 1)
      faults.push(`${resource.id} has version ${change.resource_version} as ${n + 1}`);
    const before = changes[n - 1]?.data.object ?? null;
    const now = change.data.object;
    const expected = before && { ...now, ...change.data.previous, updated_at: before.updated_at };
    if (JSON.stringify(expected) !== JSON.stringify(before)) faults.push(`${change.id} does not follow the one before`);
  }
  const last = JSON.stringify(events.at(-1)!.data.object);
  if (last !== JSON.stringify(resource))
    faults.push(`${resource.id} is ${JSON.stringify(resource)}, its events say ${last}`);
  return faults;
}

/** Candidates who were not made `placed` exactly once, where a submission of theirs was placed, or at all, where none was. */
function misplaced(shown: readonly Resource[], events: readonly Event[]): string[] {
  const placed = new Set(
    events
      .filter((event): event is Event<'submission.placed'> => event.type === 'submission.placed')
      .map(({ data }) => data.object.candidate_id),
  );
  const becamePlaced = Map.groupBy(
    events
      .filter((event): event is Event<'candidate.updated'> => event.type === 'candidate.updated')
      .filter(({ data }) => data.previous?.status !== undefined && data.object.status === 'placed'),
    ({ data }) => data.object.id,
  );
  return shown.map(({ id }) => id).filter((id) => (becamePlaced.get(id)?.length ?? 0) !== (placed.has(id) ? 1 : 0));
}

/** Every resource of the account that publishes. */
async function everything(api: Api): Promise<Resource[]> {
  const lists = await Promise.all([
    everyPage(api, '/candidates', { status: CANDIDATE_STATUSES.join(',') }),
    everyPage(api, '/jobs'),
    everyPage(api, '/submissions'),
  ]);
  return lists.flat();
}

/** A list to its end, however long it is. */
async function everyPage(api: Api, path: string, filters: Record<string, string> = {}): Promise<Resource[]> {
  const resources: Resource[] = [];
  const query = new URLSearchParams({ ...filters, sort: 'created_at', per_page: '100', cursor: '' });
  for (;;) {
    const { status, body } = await api.get(`${path}?${query.toString()}`);
    expect(status).toBe(200);
    resources.push(...(body.data as Resource[]));
    if (body.meta.next_cursor === null) return resources;
    query.set('cursor', body.meta.next_cursor as string);
  }
}
