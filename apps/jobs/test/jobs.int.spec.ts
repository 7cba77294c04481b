import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  JOB_SORT_KEYS,
  type CreateJobInput,
  createJobInput,
  type Job,
  job,
  jobPatch,
  type JobPatch,
  jobs,
  listJobsInput,
} from '@nexivo/contracts/jobs';
import type { RequestContext } from '@nexivo/bus/context';
import { BY_RELEVANCE } from '@nexivo/contracts/pagination';
import { filtersOf } from '@nexivo/testing/list-input';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { jobsService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { jobsEnv } from '../src/env.js';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  await world.start({ name: 'jobs', env: jobsEnv, database, options: jobsService });
});
afterAll(() => world.stop());

/** A job as the gateway would hand it on. */
const create = (context: RequestContext, input: Partial<CreateJobInput> = {}): Promise<Job> =>
  world.bus.request(jobs.create, createJobInput.parse({ title: 'Engineer', ...input }), context);
const update = (context: RequestContext, id: string, patch: JobPatch): Promise<Job> =>
  world.bus.request(jobs.update, { id, patch }, context);
const close = (context: RequestContext, id: string): Promise<Job> => world.bus.request(jobs.close, { id }, context);
const list = (context: RequestContext, query: Record<string, string> = {}) =>
  world.bus.request(jobs.list, listJobsInput.parse(query), context);
const versionOf = async (id: string): Promise<unknown> => {
  const [row] = await world.sql('jobs', 'select version from jobs where id = $1', [id]);
  return row!['version'];
};

const FULL: CreateJobInput = {
  title: 'Ingenieurin',
  description: 'Zeilen\nund mehr',
  department: 'Technik',
  location_city: 'Köln',
  location_state: 'NW',
  location_country: 'DE',
  workplace: 'hybrid',
  employment_type: 'part_time',
  openings: 3,
  salary_min: 0,
  salary_max: Number.MAX_SAFE_INTEGER,
  salary_currency: 'EUR',
  status: 'on_hold',
  tags: ['a', 'B'],
  external_id: 'X-1',
  custom_fields: { level: 7, remote: false, team: '' },
};

describe('create', () => {
  it('fills in what was not sent: an open job with one opening, opened now', async () => {
    const created = await create(callFor());
    expect(job.parse(created)).toEqual(created);
    expect(created).toEqual({
      ...Object.fromEntries(Object.keys(job.shape).map((member) => [member, null])),
      id: created.id,
      title: 'Engineer',
      openings: 1,
      status: 'open',
      tags: [],
      custom_fields: {},
      opened_at: created.created_at,
      created_at: created.created_at,
      updated_at: created.created_at,
    });
  });

  it('keeps everything that was sent, and shows it again by id', async () => {
    const context = callFor();
    const created = await create(context, FULL);
    expect(created).toMatchObject(FULL);
    await expect(world.bus.request(jobs.get, { id: created.id }, context)).resolves.toEqual(created);
    await expect(world.bus.request(jobs.getMany, { ids: [created.id] }, context)).resolves.toEqual([created]);
  });

  it('takes null for every optional member as if it had not been sent', async () => {
    const created = await create(callFor(), {
      salary_min: null,
      salary_currency: null,
      tags: null,
      custom_fields: null,
    });
    expect(created).toMatchObject({ salary_min: null, salary_currency: null, tags: [], custom_fields: {} });
  });

  it('dates a job that is created closed with the same time three times', async () => {
    const created = await create(callFor(), { status: 'closed' });
    expect([created.opened_at, created.closed_at]).toEqual([created.created_at, created.created_at]);
  });

  it('refuses a salary without a currency or with its ends swapped, and keeps no row of it', async () => {
    const context = callFor();
    await expect(create(context, { salary_min: 2, salary_max: 1 })).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [
        { field: 'salary_max', code: 'below_salary_min' },
        { field: 'salary_currency', code: 'required_with_salary' },
      ],
    });
    expect((await list(context)).meta.total).toBe(0);
  });

  it('refuses an external_id that the account has already, and lets another account have it', async () => {
    const context = callFor();
    await create(context, { external_id: 'A-1' });
    await expect(create(context, { external_id: 'A-1' })).rejects.toMatchObject({
      code: 'duplicate_external_id',
      detail: 'Another job of this account has this external_id.',
      errors: [{ field: 'external_id', code: 'duplicate', existing_id: expect.any(String) }],
    });
    await expect(create(callFor(), { external_id: 'A-1' })).resolves.toMatchObject({ external_id: 'A-1' });
  });

  it('gives an external_id to one of many who ask for it at once', async () => {
    const context = callFor();
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, () => create(context, { external_id: 'A-1' })),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await list(context)).meta.total).toBe(1);
  });
});

describe('update', () => {
  it('takes back what it has shown, as a whole, and refuses another value of what only the API sets', async () => {
    const context = callFor();
    const shown = await create(context, { tags: ['a'], salary_min: 1, salary_currency: 'EUR', status: 'closed' });
    const send = (patch: object): Promise<Job> => update(context, shown.id, jobPatch.parse(patch));
    expect(await send(shown)).toEqual(shown);
    await expect(send({ ...shown, created_at: '2020-01-01T00:00:00.000Z' })).rejects.toMatchObject({
      errors: [{ field: 'created_at', code: 'read_only' }],
    });
  });

  it('changes only what the patch has, clears with null, and merges custom_fields', async () => {
    const context = callFor();
    const before = await create(context, FULL);
    const after = await update(context, before.id, {
      title: 'Engineer',
      department: null,
      tags: null,
      custom_fields: { level: null, team: 'core', office: 'Bonn' },
    });
    expect(after).toEqual({
      ...before,
      title: 'Engineer',
      department: null,
      tags: [],
      custom_fields: { remote: false, team: 'core', office: 'Bonn' },
      updated_at: after.updated_at,
    });
    expect(after.updated_at > before.updated_at).toBe(true);
    await expect(world.bus.request(jobs.get, { id: before.id }, context)).resolves.toEqual(after);
  });

  it.each([
    'description',
    'location_city',
    'location_state',
    'location_country',
    'workplace',
    'employment_type',
    'external_id',
  ] as const)('clears %s with null', async (member) => {
    const context = callFor();
    const { id } = await create(context, FULL);
    await expect(update(context, id, { [member]: null })).resolves.toMatchObject({ [member]: null });
  });

  it('leaves version, times and updated_at alone when the patch changes nothing', async () => {
    const context = callFor();
    const before = await create(context, FULL);
    const patch: JobPatch = { ...FULL, custom_fields: { level: 7, absent: null } };
    await expect(update(context, before.id, patch)).resolves.toEqual(before);
    await expect(update(context, before.id, {})).resolves.toEqual(before);
    await expect(versionOf(before.id)).resolves.toBe(1);
  });

  it('counts every one of many concurrent changes in version', async () => {
    const context = callFor();
    const { id } = await create(context);
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => update(context, id, { custom_fields: { [`field${n}`]: n } })),
    );
    await expect(versionOf(id)).resolves.toBe(21);
    const { custom_fields } = await world.bus.request(jobs.get, { id }, context);
    expect(Object.keys(custom_fields)).toHaveLength(20);
  });

  it.each<[string, JobPatch, { field: string; code: string }[]]>([
    [
      'a lower end above the upper one it has',
      { salary_min: 201 },
      [{ field: 'salary_max', code: 'below_salary_min' }],
    ],
    [
      'an upper end below the lower one it has',
      { salary_max: 99 },
      [{ field: 'salary_max', code: 'below_salary_min' }],
    ],
    [
      'to take the currency away from the amounts',
      { salary_currency: null },
      [{ field: 'salary_currency', code: 'required_with_salary' }],
    ],
  ])('refuses %s, and changes nothing', async (_, patch, errors) => {
    const context = callFor();
    const before = await create(context, { salary_min: 100, salary_max: 200, salary_currency: 'EUR' });
    await expect(update(context, before.id, { ...patch, title: 'Other' })).rejects.toMatchObject({
      code: 'validation_failed',
      errors,
    });
    await expect(world.bus.request(jobs.get, { id: before.id }, context)).resolves.toEqual(before);
  });

  it('lets a salary go altogether, and move both ends past where the other was', async () => {
    const context = callFor();
    const { id } = await create(context, { salary_min: 100, salary_max: 200, salary_currency: 'EUR' });
    await expect(update(context, id, { salary_min: 300, salary_max: 400 })).resolves.toMatchObject({
      salary_min: 300,
      salary_max: 400,
    });
    const none = { salary_min: null, salary_max: null, salary_currency: null };
    await expect(update(context, id, none)).resolves.toMatchObject(none);
  });

  it('refuses an external_id of another job, and lets a job keep its own', async () => {
    const context = callFor();
    await create(context, { external_id: 'A-1' });
    const { id } = await create(context, { external_id: 'A-2' });
    await expect(update(context, id, { external_id: 'A-1' })).rejects.toMatchObject({ code: 'duplicate_external_id' });
    await expect(update(context, id, { external_id: 'A-2', openings: 2 })).resolves.toMatchObject({ openings: 2 });
  });

  it('refuses a patch that would leave more than 100 custom fields', async () => {
    const context = callFor();
    const custom_fields = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`field${n}`, n]));
    const { id } = await create(context, { custom_fields });
    await expect(update(context, id, { custom_fields: { one_more: 1 } })).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [{ field: 'custom_fields', code: 'too_many' }],
    });
    await expect(update(context, id, { custom_fields: { one_more: 1, field0: null } })).resolves.toBeDefined();
  });
});

describe('the period of a job', () => {
  it('ends with closing and begins anew with reopening, not with going on hold', async () => {
    const context = callFor();
    const opened = await create(context);
    const held = await update(context, opened.id, { status: 'on_hold' });
    expect(held).toMatchObject({ opened_at: opened.opened_at, closed_at: null });

    const closed = await update(context, opened.id, { status: 'closed' });
    expect(closed.opened_at).toBe(opened.opened_at);
    expect(closed.closed_at! >= held.updated_at).toBe(true);

    const reopened = await update(context, opened.id, { status: 'open' });
    expect(reopened.closed_at).toBeNull();
    expect(reopened.opened_at >= closed.closed_at!).toBe(true);
  });

  it('is not moved by any other change', async () => {
    const context = callFor();
    const closed = await create(context, { status: 'closed' });
    const changed = await update(context, closed.id, { title: 'Other', status: 'closed' });
    expect(changed).toEqual({ ...closed, title: 'Other', updated_at: changed.updated_at });
  });
});

describe('delete', () => {
  it('closes the job, and a second time answers the same and writes nothing', async () => {
    const context = callFor();
    const { id } = await create(context);
    const closed = await close(context, id);
    expect(closed.status).toBe('closed');
    expect(closed.closed_at).not.toBeNull();
    await expect(close(context, id)).resolves.toEqual(closed);
    await expect(world.bus.request(jobs.get, { id }, context)).resolves.toEqual(closed);
    await expect(versionOf(id)).resolves.toBe(2);
  });
});

describe('list', () => {
  it('shows jobs of every status unless asked for some', async () => {
    const context = callFor();
    for (const status of ['open', 'on_hold', 'closed'] as const) await create(context, { status });
    const statuses = async (query: Record<string, string>): Promise<string[]> =>
      (await list(context, { ...query, sort: 'created_at' })).data.map(({ status }) => status);
    await expect(statuses({})).resolves.toEqual(['open', 'on_hold', 'closed']);
    await expect(statuses({ status: 'closed' })).resolves.toEqual(['closed']);
    await expect(statuses({ status: 'closed,open' })).resolves.toEqual(['open', 'closed']);
  });

  it('filters by each of its parameters, and by all of them together', async () => {
    const context = callFor();
    const wanted = await create(context, { ...FULL, tags: ['vip', 'eu'] });
    await create(context, { workplace: 'remote', employment_type: 'full_time', tags: ['us'] });
    await create(context);
    const filters = {
      status: 'on_hold',
      title: 'inge',
      department: 'Technik',
      employment_type: 'part_time,contract',
      workplace: 'on_site,hybrid',
      location_city: 'Köln',
      tag: 'eu',
      external_id: 'X-1',
    };
    expect(Object.keys(filters).toSorted()).toEqual(filtersOf(listJobsInput));
    for (const [name, value] of Object.entries(filters)) {
      const { data, meta } = await list(context, { [name]: value });
      expect({ name, ids: data.map(({ id }) => id), total: meta.total }).toEqual({ name, ids: [wanted.id], total: 1 });
    }
    expect((await list(context, filters)).data).toEqual([wanted]);
    expect((await list(context, { ...filters, tag: 'us' })).data).toEqual([]);
  });

  it('compares whole texts, and no ids of others, without case and accents: no wildcard', async () => {
    const context = callFor();
    await create(context, { ...FULL, tags: ['eu', 'Zürich'] });
    for (const query of [{ department: 'Techni%' }, { department: 'Techn' }, { tag: 'e_' }, { external_id: 'x-1' }]) {
      expect((await list(context, query)).data).toEqual([]);
    }
    const found = [
      { department: 'TECHNIK' },
      { location_city: 'koln' },
      { tag: 'us,zurich' },
      { location_city: 'Bonn, "Köln"' },
      { department: 'Legal,"Technik"' },
    ];
    for (const query of found) expect([query, (await list(context, query)).data.length]).toEqual([query, 1]);
  });

  it('pages through everything once, newest first, with the total', async () => {
    const context = callFor();
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.push((await create(context)).id);
    const seen: string[] = [];
    for (const page of ['1', '2', '3']) {
      const { data, meta } = await list(context, { page, per_page: '3' });
      expect(meta).toMatchObject({ page: Number(page), per_page: 3, total: 7, total_pages: 3, total_is_exact: true });
      expect(meta.next).toEqual(page === '3' ? null : { value: data[2]!.created_at, id: data[2]!.id });
      seen.push(...data.map(({ id }) => id));
    }
    expect(seen).toEqual(ids.toReversed());
    const beyond = await list(context, { page: '4', per_page: '3' });
    expect(beyond).toMatchObject({ data: [], meta: { total: 7, total_pages: 3 } });
  });

  it('sorts by each of its keys in both directions, ties broken by id', async () => {
    const context = callFor();
    const [b, a, c, a2] = [
      await create(context, { title: 'B' }),
      await create(context, { title: 'A' }),
      await create(context, { title: 'C' }),
      await create(context, { title: 'A' }),
    ];
    await close(context, b.id);
    await update(context, b.id, { status: 'open' });
    await update(context, a.id, { openings: 2 });
    const orders = {
      created_at: [b, a, c, a2],
      opened_at: [a, c, a2, b],
      updated_at: [c, a2, b, a],
      title: [a, a2, b, c],
    };
    expect(Object.keys(orders).toSorted()).toEqual(JOB_SORT_KEYS.filter((key) => key !== BY_RELEVANCE).toSorted());
    for (const [sort, order] of Object.entries(orders)) {
      const ids = order.map(({ id }) => id);
      const sorted = async (key: string): Promise<string[]> =>
        (await list(context, { sort: key })).data.map(({ id }) => id);
      expect({ sort, ids: await sorted(sort) }).toEqual({ sort, ids });
      expect({ sort, ids: await sorted(`-${sort}`) }).toEqual({ sort, ids: ids.toReversed() });
    }
  });

  it('is bounded by time, the end included and the beginning not', async () => {
    const context = callFor();
    const { created_at } = await create(context);
    const count = async (query: Record<string, string>): Promise<number> => (await list(context, query)).meta.total!;
    const justBefore = new Date(Date.parse(created_at) - 1).toISOString();
    const justAfter = new Date(Date.parse(created_at) + 1).toISOString();
    for (const member of ['created', 'updated']) {
      expect(await count({ [`${member}_after`]: created_at })).toBe(0);
      expect(await count({ [`${member}_before`]: created_at })).toBe(1);
      expect(await count({ [`${member}_before`]: justBefore })).toBe(0);
      expect(await count({ [`${member}_after`]: justBefore, [`${member}_before`]: justAfter })).toBe(1);
    }
  });
});

describe('another account', () => {
  it('cannot see, change or close a job by its id, nor find it in a list', async () => {
    const owner = callFor();
    const before = await create(owner, { external_id: 'X' });
    const { id } = before;
    const stranger = callFor();
    const absent = { code: 'not_found', detail: 'There is no such job.' };
    await expect(world.bus.request(jobs.get, { id }, stranger)).rejects.toMatchObject(absent);
    await expect(update(stranger, id, { title: 'Mine' })).rejects.toMatchObject(absent);
    await expect(close(stranger, id)).rejects.toMatchObject(absent);
    await expect(world.bus.request(jobs.getMany, { ids: [id] }, stranger)).resolves.toEqual([]);
    await expect(list(stranger, { external_id: 'X' })).resolves.toMatchObject({ data: [], meta: { total: 0 } });
    await expect(world.bus.request(jobs.get, { id }, owner)).resolves.toEqual(before);
  });
});

describe('the search', () => {
  it.each<[q: string, patch: JobPatch]>([
    ['title:welder', { title: 'Welder' }],
    ['department:yard', { department: 'Yard' }],
    ['city:kiel', { location_city: 'Kiel' }],
    ['tag:night-shift', { tags: ['night-shift'] }],
    ['description:steel', { description: 'Steel.' }],
  ])('finds a job by %s as soon as the change is answered, and no more once it is undone', async (q, patch) => {
    const context = callFor();
    const { id } = await create(context, FULL);
    const found = async (): Promise<string[]> => (await list(context, { q })).data.map((each) => each.id);
    expect(await found()).toEqual([]);
    expect(await update(context, id, patch)).not.toHaveProperty('search');
    expect(await found()).toEqual([id]);
    await close(context, id);
    expect(await found()).toEqual([id]);
    const undone = Object.fromEntries(Object.keys(patch).map((name) => [name, FULL[name as keyof typeof FULL]]));
    await update(context, id, undone);
    expect(await found()).toEqual([]);
  });
});
