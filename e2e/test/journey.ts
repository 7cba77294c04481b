import { expect, it } from '@jest/globals';
import { type Event, EVENT_TYPES } from '@nexivo/contracts/events';
import { BASE_PATH } from '@nexivo/contracts/route';
import type { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import type { Receiver } from '@nexivo/testing/receiver';

/** No webhook fails here. */
const HAPPENING = EVENT_TYPES.filter((type) => !type.startsWith('webhook.'));
const JANE = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', skills: ['C++'] };

/** Who travels: a client of an account that has nothing, and a receiver that nobody else sends to. */
export interface Traveller {
  api: Api;
  receiver: Receiver;
}

/** Every resource, all that is told of it, and every promise of a read and a write, once. */
export function describeJourney(of: () => Traveller): void {
  it('everything that happens is told to webhooks, kept in the feed, and told again by a replay', async () => {
    const { api, receiver } = of();
    const hook = (await api.post('/webhooks', { url: receiver.url, events: ['*'] })).body;
    const since = new Date(Date.now() - 60_000).toISOString();
    const candidate = (await api.post('/candidates', JANE)).body;
    const job = (await api.post('/jobs', { title: 'Engineer' })).body;
    const submission = (await api.post(`/jobs/${job.id}/submissions`, { candidate_id: candidate.id })).body;
    await api.patch(`/submissions/${submission.id}`, { stage: 'placed' });
    await eventually(async () => expect((await api.get(`/candidates/${candidate.id}`)).body.status).toBe('placed'));
    await api.patch(`/jobs/${job.id}`, { openings: 2 });
    await api.delete(`/jobs/${job.id}`);
    await api.delete(`/candidates/${candidate.id}`);

    const told = (): string[] => receiver.requests.map(({ body }) => (JSON.parse(body) as Event).type);
    await eventually(() => expect(new Set(told())).toEqual(new Set(HAPPENING)));
    const { body: feed } = await api.get('/events?per_page=100');
    expect(feed.data).toHaveLength(told().length);

    const replay = await api.post(`/webhooks/${hook.id}/replay`, { since });
    const { pathname } = new URL(replay.headers.get('location')!);
    const place = pathname.slice(pathname.indexOf(BASE_PATH) + BASE_PATH.length);
    await eventually(async () => expect((await api.get(place)).body.status).toBe('completed'));
    await eventually(() => expect(told()).toHaveLength(feed.data.length * 2));
  });

  it('searches, sorts, pages by cursor, keeps conditions and answers a repeated write alike', async () => {
    const { api } = of();
    const key = { 'idempotency-key': 'once' };
    const first = await api.send('POST', '/candidates', { ...JANE, last_name: 'García' }, key);
    const again = await api.send('POST', '/candidates', { ...JANE, last_name: 'García' }, key);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    await api.post('/candidates', { ...JANE, last_name: 'Ärmel' });
    const names = async (query: string): Promise<string[]> =>
      ((await api.get(`/candidates?${query}`)).body.data as { last_name: string }[]).map(({ last_name }) => last_name);
    expect(await names('q=garcia')).toEqual(['García']);
    expect((await names('q=skill:"C%2B%2B"&sort=last_name')).slice(0, 2)).toEqual(['Ärmel', 'García']);
    const page = (await api.get('/candidates?sort=last_name&per_page=1')).body;
    expect(await names(`cursor=${page.meta.next_cursor}&per_page=1`)).toEqual(['García']);

    const path = `/candidates/${first.body.id}`;
    const read = await api.get(path);
    const etag = read.headers.get('etag')!;
    expect((await api.send('GET', path, undefined, { 'if-none-match': etag })).status).toBe(304);
    expect((await api.send('PATCH', path, { city: 'Rome' }, { 'if-match': '"9"' })).status).toBe(412);
    expect((await api.send('PATCH', path, { city: 'Rome' }, { 'if-match': etag })).status).toBe(200);
  });
}
