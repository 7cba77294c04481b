import { afterEach, describe, expect, it } from '@jest/globals';
import { json, problem, startStub, type Stub } from './api-stub.js';

let stub: Stub;
afterEach(() => stub.stop());

const ROWS = 250;
const TOP = 'https://elsewhere.example/ats/api/v1/candidates';

/** A list of numbers whose cursors are numbers. */
const numbers = (): Promise<Stub> =>
  startStub((response, { url }) => {
    const query = new URL(url, 'http://here').searchParams;
    const from = Number(query.get('cursor') ?? '0');
    const to = Math.min(from + Number(query.get('per_page') ?? '25'), ROWS);
    const data = Array.from({ length: to - from }, (_, n) => ({ id: from + n }));
    const next = to < ROWS ? `${TOP}?cursor=${to}&per_page=${query.get('per_page')}` : null;
    json(response, 200, { data, meta: { next_cursor: next && String(to), synced_until: 'T1' }, links: { next } });
  });

const paths = (): string[] => stub.seen.map(({ url }) => url.replace('/ats/api/v1', ''));

describe('a list', () => {
  it('is read whole by cursor, from this host whatever its links name', async () => {
    stub = await numbers();
    const ids: unknown[] = [];
    for await (const { id } of stub.client().candidates.list({ q: 'C++' })) ids.push(id);
    expect(ids).toEqual(Array.from({ length: ROWS }, (_, n) => n));
    expect(paths()).toEqual([
      '/candidates?per_page=100&cursor=&q=C%2B%2B',
      '/candidates?cursor=100&per_page=100',
      '/candidates?cursor=200&per_page=100',
    ]);
  });

  it('asks for no more than is taken of it', async () => {
    stub = await numbers();
    const list = stub.client().candidates.list();
    expect(await list.toArray({ limit: 3 })).toHaveLength(3);
    expect(await list.toArray({ limit: 120 })).toHaveLength(120);
    expect(await list.toArray({ limit: 0 })).toEqual([]);
    for await (const { data } of list.pages()) {
      expect(data).toHaveLength(100);
      break;
    }
    expect(paths()).toEqual([
      '/candidates?per_page=3&cursor=',
      '/candidates?per_page=100&cursor=',
      '/candidates?cursor=100&per_page=100',
      '/candidates?per_page=100&cursor=',
    ]);
  });

  it('shows the one page that was asked for, by number', async () => {
    stub = await numbers();
    await stub.client().candidates.list({ page: 2, per_page: 10 }).page();
    await stub.client().users.list().toArray({ limit: 1 });
    expect(paths()).toEqual(['/candidates?page=2&per_page=10', '/users?per_page=1']);
  });
});

describe('a sync', () => {
  it('goes on from wherever it was stopped, and next time from the time that it has reached', async () => {
    stub = await numbers();
    const client = stub.client();
    const first = await client.sync.candidates().next();
    expect(first.value).toMatchObject({ state: { cursor: '100' } });
    const states: unknown[] = [];
    for await (const { state } of client.sync.candidates(first.value!.state)) states.push(state);
    expect(states).toEqual([{ cursor: '200' }, { updated_after: 'T1' }]);
    for await (const { state } of client.sync.candidates({ updated_after: 'T1' })) states.push(state);
    expect(states[2]).toEqual({ updated_after: 'T1', cursor: '100' });
    expect(paths()[0]).toBe('/candidates?status=any&cursor=&per_page=100');
    expect(paths()[3]).toBe('/candidates?status=any&updated_after=T1&cursor=&per_page=100');
  });

  it('begins its round anew where its cursor is no longer known', async () => {
    const errors = [{ field: 'cursor', code: 'invalid_cursor', message: 'no' }];
    stub = await startStub((response, { url }) =>
      url.includes('cursor=old')
        ? json(response, 400, { detail: 'no', errors }, { 'content-type': 'application/problem+json' })
        : json(response, 200, { data: [], meta: { next_cursor: null, synced_until: 'T2' }, links: {} }),
    );
    const steps = stub.client().sync.jobs({ updated_after: 'T1', cursor: 'old' });
    expect((await steps.next()).value).toEqual({ rows: [], state: { updated_after: 'T2' } });
    expect(paths()[1]).toBe('/jobs?updated_after=T1&cursor=&per_page=100');
  });
});

describe('a feed', () => {
  it('is followed on from the last event, also where nothing is new', async () => {
    stub = await startStub((response, { url }) => {
      const after = Number(/after=evt_(\d)/.exec(url)?.[1] ?? 0);
      const data = after < 3 ? [{ id: `evt_${after + 1}` }] : [];
      json(response, 200, {
        data,
        meta: { has_more: after < 1, next_after: `evt_${Math.min(after + 1, 3)}` },
        links: {},
      });
    });
    const ids: string[] = [];
    for await (const { id } of stub.client().events.follow({ since: 'T', pollMs: 1 })) {
      ids.push(id);
      if (ids.length === 3) break;
    }
    expect(ids).toEqual(['evt_1', 'evt_2', 'evt_3']);
    expect(paths().map((path) => path.replace('&per_page=100', ''))).toEqual([
      '/events?since=T',
      '/events?after=evt_1',
      '/events?after=evt_2',
    ]);
  });

  it('ends with its signal, and fails with what it is told', async () => {
    stub = await startStub((response) => problem(response, 410, 'event_expired'));
    const follow = stub.client().events.follow({ after: 'evt_0' });
    await expect(follow.next()).rejects.toMatchObject({ name: 'GoneError', code: 'event_expired' });
    const reason = new Error('enough');
    await expect(
      stub
        .client()
        .events.follow({ signal: AbortSignal.abort(reason) })
        .next(),
    ).rejects.toBe(reason);
  });
});
