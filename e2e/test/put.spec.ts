import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api } from '@nexivo/testing/api';
import { type SharedStack, shareStack } from './shared-stack.js';

let shared: SharedStack;
let api: Api;
beforeAll(async () => {
  shared = await shareStack();
  api = await shared.client();
});
afterAll(() => shared.leave());

describe.each([
  ['candidates', { first_name: 'Jane', last_name: 'Smith' }, { city: 'Bonn' }, 'inactive'],
  ['jobs', { title: 'Engineer' }, { department: 'Sales' }, 'closed'],
])('PUT /%s/by_external_id/{external_id}', (kind, values, change, gone) => {
  const put = (externalId: string, body: object, headers = {}) =>
    api.send('PUT', `/${kind}/by_external_id/${encodeURIComponent(externalId)}`, body, headers);

  it('creates with 201 and a Location, then changes with 200, under an ETag', async () => {
    const created = await put('A/1 é', values);
    expect(created).toMatchObject({ status: 201, body: { ...values, external_id: 'A/1 é' } });
    expect(created.headers.get('location')).toBe(`${shared.baseUrl}/${kind}/${created.body.id}`);
    expect(created.headers.get('etag')).toBe('"1"');
    const changed = await put('A/1 é', { ...created.body, ...change });
    expect(changed).toMatchObject({ status: 200, body: { ...values, ...change, id: created.body.id } });
    expect(changed.headers.get('location')).toBeNull();
    expect(changed.headers.get('etag')).toBe('"2"');
    expect((await put('A/1 é', values)).headers.get('etag')).toBe('"2"');
  });

  it('keeps to If-Match and If-None-Match, and refuses tags in the latter', async () => {
    const absent = await put('A-2', values, { 'if-match': '"1"' });
    expect(absent).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    expect((await put('A-2', values, { 'if-none-match': '*' })).status).toBe(201);
    const there = await put('A-2', { ...values, ...change }, { 'if-none-match': '*' });
    expect(there).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    expect(there.headers.get('etag')).toBe('"1"');
    expect((await put('A-2', { ...values, ...change }, { 'if-match': '"1"' })).headers.get('etag')).toBe('"2"');
    const tags = await put('A-2', values, { 'if-none-match': '"2"' });
    expect(tags).toMatchObject({ status: 400, body: { errors: [{ field: 'if-none-match' }] } });
  });

  it('leaves what is gone so, unless it says a status', async () => {
    const { body } = await put('A-3', values);
    await api.delete(`/${kind}/${body.id}`);
    expect((await put('A-3', { ...values, ...change })).body).toMatchObject({ id: body.id, status: gone });
    const status = kind === 'jobs' ? 'open' : 'new';
    expect((await put('A-3', { ...values, status })).body).toMatchObject({ id: body.id, status });
  });

  it('says what is wrong with an id or a body, and creates nothing', async () => {
    const before = (await api.get(`/${kind}`)).body.meta.total;
    for (const [id, body, field] of [
      ['x'.repeat(201), values, 'external_id'],
      [' ', values, 'external_id'],
      ['A-4', {}, Object.keys(values)[0]],
      ['A-4', { ...values, external_id: 'A-5' }, 'external_id'],
    ] as const) {
      const answer = await put(id, body);
      expect({ status: answer.status, field: answer.body.errors[0].field }).toEqual({ status: 400, field });
    }
    expect((await api.get(`/${kind}`)).body.meta.total).toBe(before);
  });

  it('is named by a 409 about its id', async () => {
    const { body } = await put('A-6', values);
    const refused = await api.post(`/${kind}`, { ...values, external_id: 'A-6' });
    expect(refused).toMatchObject({ status: 409, body: { errors: [{ field: 'external_id', existing_id: body.id }] } });
  });
});

it('a second submission is refused with the id of the first', async () => {
  const candidate = (await api.post('/candidates', { first_name: 'A', last_name: 'B' })).body.id;
  const path = `/jobs/${(await api.post('/jobs', { title: 'Job' })).body.id}/submissions`;
  const { body } = await api.post(path, { candidate_id: candidate });
  const refused = await api.post(path, { candidate_id: candidate });
  expect(refused).toMatchObject({ status: 409, body: { errors: [{ field: 'candidate_id', existing_id: body.id }] } });
});
