import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, Api } from '@nexivo/testing/api';
import { type SharedStack, shareStack } from './shared-stack.js';

let shared: SharedStack;
let api: Api;

beforeAll(async () => {
  shared = await shareStack();
  api = await shared.client();
  for (let n = 0; n < 5; n++) {
    const status = n < 4 ? 'available' : 'new';
    await api.post('/candidates', { first_name: 'A', last_name: `L${n}`, email: 'a@example.com', status });
  }
});
afterAll(() => shared.leave());

const names = ({ body }: Answer): string[] => body.data.map(({ last_name }: { last_name: string }) => last_name);

const refusal = (answer: Answer) => ({ status: answer.status, errors: answer.body.errors });

/** Where a link leads, for the client of these tests. */
const pathOf = (link: string): string => link.slice(link.indexOf('/ats/api/v1') + '/ats/api/v1'.length);

describe('cursor', () => {
  it('leads from any page through the rest of the list, and ends with null', async () => {
    const first = await api.get('/candidates?status=available&sort=last_name&per_page=2');
    expect(names(first)).toEqual(['L0', 'L1']);
    expect(first.body.meta).toMatchObject({ page: 1, total: 4, total_is_exact: true });
    const second = await api.get(`/candidates?cursor=${first.body.meta.next_cursor}&per_page=2`);
    expect(names(second)).toEqual(['L2', 'L3']);
    expect(second.body.meta).toEqual({ per_page: 2, next_cursor: null });
    expect(second.body.links).toMatchObject({ prev: null, next: null, last: null });
    expect(names(await api.get(pathOf(second.body.links.first)))).toEqual(['L0', 'L1']);
  });

  it('begins empty, and its links lead on; the Link header says the same', async () => {
    const first = await api.get('/candidates?cursor=&sort=last_name&per_page=3');
    expect(names(first)).toEqual(['L0', 'L1', 'L2']);
    expect(first.headers.get('link')).toContain(`<${first.body.links.next}>; rel="next"`);
    const second = await api.get(pathOf(first.body.links.next));
    expect(names(second)).toEqual(['L3', 'L4']);
    expect(second.body.links.next).toBeNull();
  });

  it('takes its sort and filters again as they were', async () => {
    const first = await api.get('/candidates?status=available&sort=last_name&per_page=2');
    const cursor = first.body.meta.next_cursor;
    const again = await api.get(`/candidates?status=available&sort=last_name&per_page=1&cursor=${cursor}`);
    expect(names(again)).toEqual(['L2']);
  });

  it.each([['status=new'], ['sort=-last_name'], ['city=Bonn']])(
    'is a 400 beside another parameter: %s',
    async (other) => {
      const first = await api.get('/candidates?status=available&sort=last_name&per_page=2');
      const answer = await api.get(`/candidates?cursor=${first.body.meta.next_cursor}&${other}`);
      expect(refusal(answer)).toEqual({
        status: 400,
        errors: [expect.objectContaining({ field: 'cursor', code: 'cursor_mismatch' })],
      });
    },
  );

  it('is a 400 together with page', async () => {
    const answer = await api.get('/candidates?cursor=&page=1');
    expect(refusal(answer)).toEqual({
      status: 400,
      errors: [{ field: 'page', code: 'page_with_cursor', message: 'must not be sent together with cursor' }],
    });
  });

  it.each(['x', 'AAAA', '%00', 'eyJhIjoxfQ', 'A'.repeat(5_000), '../..', '💥'])(
    'is a 400 when it is not ours: %s',
    async (cursor) => {
      const answer = await api.get(
        `/candidates?cursor=${cursor.startsWith('%') ? cursor : encodeURIComponent(cursor)}`,
      );
      expect(refusal(answer)).toEqual({
        status: 400,
        errors: [expect.objectContaining({ field: 'cursor', code: 'invalid_cursor' })],
      });
    },
  );

  it('is a 400 with any character of it changed, in another list, and for another account', async () => {
    const { body } = await api.get('/candidates?per_page=2');
    const cursor: string = body.meta.next_cursor;
    for (let at = 0; at < cursor.length; at += 7) {
      const changed = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
      expect((await api.get(`/candidates?cursor=${changed}`)).status).toBe(400);
    }
    expect((await api.get(`/jobs?cursor=${cursor}`)).status).toBe(400);
    expect((await (await shared.client()).get(`/candidates?cursor=${cursor}`)).status).toBe(400);
    expect((await api.get(`/candidates?cursor=${cursor}`)).status).toBe(200);
  });

  it('reaches every list of resources', async () => {
    const job = await api.post('/jobs', { title: 'Engineer' });
    for (const path of ['/candidates', '/jobs', '/submissions', `/jobs/${job.body.id}/submissions`]) {
      const { status, body } = await api.get(`${path}?cursor=`);
      expect({ path, status, meta: body.meta }).toEqual({
        path,
        status: 200,
        meta: { per_page: 25, synced_until: expect.stringMatching(/^\d{4}-.*Z$/), next_cursor: null },
      });
    }
  });
});

describe('a list that is gone on from by a time', () => {
  it.each([
    'sort=created_at',
    'sort=updated_at',
    'created_after=2020-01-01T00:00:00Z',
    'updated_after=2020-01-01t00:00:00z',
  ])('has page numbers for the page that is asked for, and goes on by cursor: %s', async (query) => {
    const { body, headers } = await api.get(`/candidates?${query}&page=1&per_page=2`);
    expect(body.meta).toMatchObject({ page: 1, total: 5, synced_until: expect.any(String) });
    expect(body.links.next).toContain(`cursor=${body.meta.next_cursor}`);
    expect(headers.get('link')).toContain(`<${body.links.next}>; rel="next"`);
    const next = await api.get(pathOf(body.links.next));
    expect(next.body.data).toHaveLength(2);
    expect(next.body.meta.synced_until).toBe(body.meta.synced_until);
    const last = await api.get(pathOf(next.body.links.next));
    expect(last.body).toMatchObject({ data: [{}], links: { next: null } });
  });

  it('is not one in another order', async () => {
    const { body } = await api.get('/candidates?sort=-updated_at&page=1&per_page=2');
    expect(body.links.next).toContain('page=2');
    expect(body.meta).not.toHaveProperty('synced_until');
  });
});

describe('page numbers', () => {
  it('end at 10,000 rows, with a 400 that names cursor', async () => {
    const answer = await api.get('/candidates?page=101&per_page=100');
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([
      expect.objectContaining({ field: 'page', code: 'page_too_deep', message: expect.stringContaining('cursor') }),
    ]);
  });

  it('have links that keep every other parameter', async () => {
    const { body } = await api.get('/candidates?status=available&sort=last_name&page=2&per_page=1');
    for (const link of [body.links.first, body.links.prev, body.links.next, body.links.last]) {
      expect(link).toMatch(/[?&]status=available&/);
      expect(link).toMatch(/[?&]sort=last_name&/);
      expect(link).toMatch(/[?&]per_page=1&/);
    }
    expect(names(await api.get(pathOf(body.links.prev)))).toEqual(['L0']);
    expect(names(await api.get(pathOf(body.links.last)))).toEqual(['L3']);
  });
});
