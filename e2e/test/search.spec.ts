import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api } from '@nexivo/testing/api';
import { type SharedStack, shareStack } from './shared-stack.js';

let shared: SharedStack;
let api: Api;

const PEOPLE = [
  { last_name: 'García', first_name: 'José', current_title: 'Senior C++ Engineer', skills: ['C++', 'Node.js'] },
  { last_name: "O'Brien", first_name: 'Mary', current_title: 'Full-stack developer', skills: ['C#', '.NET'] },
  { last_name: 'Meyer', first_name: 'Anna', current_title: 'Junior developer', summary: 'Wrote C++ at university' },
  { last_name: 'Tanaka', first_name: '太郎', current_title: 'Recruiter', city: 'Zürich', tags: ['vip'] },
];

beforeAll(async () => {
  shared = await shareStack();
  api = await shared.client();
  for (const person of PEOPLE) {
    const { status } = await api.post('/candidates', { email: 'someone@example.com', ...person });
    expect(status).toBe(201);
  }
});
afterAll(() => shared.leave());

const search = (q: string, more = '') => api.get(`/candidates?q=${encodeURIComponent(q)}${more}`);
const found = async (q: string, more = ''): Promise<string[]> => {
  const { body } = await search(q, more);
  return body.data.map(({ last_name }: { last_name: string }) => last_name).toSorted();
};

describe('q', () => {
  it.each([
    ['jose', ['García']],
    ['C++', ['García', 'Meyer']],
    ['C++ -title:junior', ['García']],
    ['skill:(C# OR node.js)', ['García', "O'Brien"]],
    ['.NET', ["O'Brien"]],
    ["o'brien", ["O'Brien"]],
    ['full-stack', ["O'Brien"]],
    ['"senior c++ engineer"', ['García']],
    ['title:(engineer OR developer)', ['García', 'Meyer', "O'Brien"]],
    ['devel* NOT junior', ["O'Brien"]],
    ['太郎', ['Tanaka']],
    ['city:zurich tag:vip', ['Tanaka']],
    ['nobody', []],
  ])('%s finds %j', async (q, expected) => {
    await expect(found(q)).resolves.toEqual(expected);
  });

  it('goes together with filters, totals and cursors', async () => {
    const first = await search('title:(engineer OR developer)', '&per_page=2&sort=last_name');
    expect(first.body.meta).toMatchObject({ total: 3, total_is_exact: true });
    const rest = await api.get(`/candidates?cursor=${first.body.meta.next_cursor}`);
    expect(rest.body.data.map(({ last_name }: { last_name: string }) => last_name)).toEqual(["O'Brien"]);
  });

  it('sorted by relevance has those first whose title or skills match, on every page, and is refused without q', async () => {
    const order: string[] = [];
    let path: string | null = '/candidates?q=c%2B%2B&sort=-relevance&per_page=1&cursor=';
    while (path !== null) {
      const { body } = await api.get(path);
      order.push(...body.data.map(({ last_name }: { last_name: string }) => last_name));
      path = body.meta.next_cursor && `/candidates?per_page=1&cursor=${body.meta.next_cursor}`;
    }
    expect(order).toEqual(['García', 'Meyer']);
    const refused = await api.get('/candidates?sort=-relevance');
    expect(refused.body.errors).toEqual([expect.objectContaining({ field: 'sort', code: 'relevance_without_q' })]);
  });

  it('finds a candidate as soon as its write has been answered, and no more once it has changed', async () => {
    const { body } = await api.post('/candidates', {
      first_name: 'A',
      last_name: 'Quicksilver',
      email: 'q@example.com',
    });
    await expect(found('quicksilver')).resolves.toEqual(['Quicksilver']);
    await api.patch(`/candidates/${body.id}`, { last_name: 'Slow' });
    await expect(found('quicksilver')).resolves.toEqual([]);
  });

  it.each([
    ['(java', 0],
    ['java )', 5],
    ['"java', 0],
    ['java AND', 5],
    ['-java', 0],
    ['foo:java', 0],
    ['java p*', 5],
    ['ja* '.repeat(9), 32],
    ['', 0],
  ])('that cannot be understood is a 400 that says where: %s', async (q, offset) => {
    const { status, body } = await search(q);
    expect({ status, errors: body.errors }).toEqual({
      status: 400,
      errors: [expect.objectContaining({ field: 'q', offset })],
    });
  });

  it('searches jobs as well', async () => {
    await api.post('/jobs', { title: 'Platform Engineer', department: 'R&D', location_city: 'Köln', tags: ['hot'] });
    await api.post('/jobs', { title: 'Accountant', description: 'No engineer needed' });
    const { body } = await api.get('/jobs?q=title:engineer%20city:koln');
    expect(body.data.map(({ title }: { title: string }) => title)).toEqual(['Platform Engineer']);
    expect((await api.get('/jobs?q=engineer')).body.meta.total).toBe(2);
  });
});
