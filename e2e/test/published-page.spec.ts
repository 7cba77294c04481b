import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { candidate } from '@nexivo/contracts/candidates';
import { problem } from '@nexivo/contracts/errors';
import { Api } from '@nexivo/testing/api';
import { type SharedStack, shareStack } from './shared-stack.js';

let shared: SharedStack;
let api: Api;

beforeAll(async () => {
  shared = await shareStack();
  api = await shared.client();
});
afterAll(() => shared.leave());

/** Runs a command of the published page as it is printed there, with its host and token replaced. */
const run = (command: string): unknown =>
  JSON.parse(
    execFileSync(
      'bash',
      [
        '--norc',
        '-c',
        command
          .replace('https://your-domain.com', shared.origin)
          .replace('YOUR_TOKEN', api.token!)
          .replace('curl', 'curl -s'),
      ],
      { encoding: 'utf8' },
    ),
  );

describe('the examples of the published page', () => {
  it('create a candidate', () => {
    const created = run(`curl -X POST -H "Authorization: Bearer YOUR_TOKEN" \\
-H "Content-Type: application/json" \\
-d '{
"first_name": "Jane",
"last_name": "Smith",
"email": "jane@example.com",
"phone": "+1-555-1234",
"current_title": "Senior Engineer",
"city": "San Francisco",
"state": "CA"
}' \\
https://your-domain.com/ats/api/v1/candidates`);
    expect(candidate.parse(created)).toMatchObject({ first_name: 'Jane', state: 'CA', status: 'new' });
  });

  it('list candidates', () => {
    expect(
      run(`curl -H "Authorization: Bearer YOUR_TOKEN" \\
"https://your-domain.com/ats/api/v1/candidates?page=1&per_page=10"`),
    ).toMatchObject({ data: [{ first_name: 'Jane' }], meta: { page: 1, per_page: 10, total: 1 } });
  });
});

describe('the status table of the published page', () => {
  const jane = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' };

  it('200 and 201: what succeeded', async () => {
    const created = await api.post('/candidates', jane);
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`${shared.baseUrl}/candidates/${created.body.id}`);
    const { status, body } = await api.get(`/candidates/${created.body.id}`);
    expect({ status, body }).toEqual({ status: 200, body: created.body });
  });

  it('400 with errors: what is invalid, and how to mend it', async () => {
    const { status, body } = await api.post('/candidates', { ...jane, email: 'jane', frist_name: 'Jane' });
    expect(status).toBe(400);
    expect(problem.parse(body).errors).toEqual([
      { field: 'email', code: 'invalid_format', message: 'must be an email address' },
      { field: 'frist_name', code: 'unknown_field', message: expect.stringContaining('first_name') },
    ]);
  });

  it('401: no token, and one that is wrong', async () => {
    for (const token of [undefined, 'nonsense', api.token!.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))]) {
      const { status, headers } = await new Api(shared.origin, token).get('/candidates');
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });

  it('403: a token without the permission, which is named', async () => {
    const reader = await shared.client({ scopes: ['candidates:read'] });
    const { status, body } = await reader.post('/candidates', jane);
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'insufficient_scope' });
    expect(body.detail).toContain('candidates:write');
  });

  it('404: what does not exist', async () => {
    const { status, body } = await api.get('/candidates/019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e');
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'not_found' });
  });
});

it('the whole journey: submit a candidate to a job, move it through the stages, look back, delete and close', async () => {
  const account = { accountId: await shared.operator.createAccount() };
  const client = await shared.client(account);
  const jane = (await client.post('/candidates', { first_name: 'Jane', last_name: 'Smith', email: 'j@example.com' }))
    .body;
  const job = (await client.post('/jobs', { title: 'Engineer', tags: ['backend'] })).body;
  const submitted = await client.post(`/jobs/${job.id}/submissions`, { candidate_id: jane.id, notes: 'Referred' });
  expect(submitted).toMatchObject({ status: 201, body: { stage: 'screening', candidate_id: jane.id, job_id: job.id } });
  expect((await client.post(`/jobs/${job.id}/submissions`, { candidate_id: jane.id })).status).toBe(409);

  for (const stage of ['interview', 'offer', 'placed']) {
    const moved = await client.patch(`/submissions/${submitted.body.id}`, { stage });
    expect(moved).toMatchObject({ status: 200, body: { stage } });
  }
  const history = await client.get(`/submissions/${submitted.body.id}/history`);
  expect(history.body.data.map(({ to }: { to: string }) => to)).toEqual(['screening', 'interview', 'offer', 'placed']);

  const { body } = await client.get(`/jobs/${job.id}/submissions?expand=candidate,job`);
  expect(body.data).toMatchObject([{ candidate: { id: jane.id, first_name: 'Jane' }, job: { id: job.id } }]);
  const blind = await shared.client({ ...account, scopes: ['submissions:read'] });
  expect((await blind.get(`/submissions/${submitted.body.id}?expand=candidate`)).status).toBe(403);
  expect((await blind.get(`/submissions/${submitted.body.id}`)).status).toBe(200);

  expect((await client.delete(`/candidates/${jane.id}`)).body.status).toBe('inactive');
  expect((await client.delete(`/jobs/${job.id}`)).body.status).toBe('closed');
  const refused = await client.post(`/jobs/${job.id}/submissions`, { candidate_id: jane.id });
  expect(refused).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
});

it('the links of a list lead through all of it, forth and back', async () => {
  const client = await shared.client();
  for (const title of ['A', 'B', 'C', 'D', 'E']) await client.post('/jobs', { title });
  const walk = async (relation: 'next' | 'prev', from: string): Promise<string[]> => {
    const titles: string[] = [];
    for (let url: string | null = from; url;) {
      const response = await fetch(url, { headers: { authorization: `Bearer ${client.token}` } });
      const page = (await response.json()) as { data: { title: string }[]; links: Record<string, string | null> };
      titles.push(...page.data.map(({ title }) => title));
      for (const [name, link] of Object.entries(page.links)) {
        if (link) expect(response.headers.get('link')).toContain(`<${link}>; rel="${name}"`);
      }
      url = page.links[relation] ?? null;
    }
    return titles;
  };
  const { links } = (await client.get('/jobs?per_page=2&sort=title')).body;
  await expect(walk('next', links.first)).resolves.toEqual(['A', 'B', 'C', 'D', 'E']);
  await expect(walk('prev', links.last)).resolves.toEqual(['E', 'C', 'D', 'A', 'B']);
});
