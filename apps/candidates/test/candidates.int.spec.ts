import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  candidate,
  candidatePatch,
  type CreateCandidateInput,
  candidates,
  type ListCandidatesInput,
  listCandidatesInput,
} from '@nexivo/contracts/candidates';
import type { RequestContext } from '@nexivo/bus/context';
import { filtersOf } from '@nexivo/testing/list-input';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { candidatesService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { candidatesEnv } from '../src/env.js';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  await world.start({ name: 'candidates', env: candidatesEnv, database, options: candidatesService });
});
afterAll(() => world.stop());

const jane: CreateCandidateInput = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', status: 'new' };
const list = (query: Record<string, string> = {}) => listCandidatesInput.parse(query);

describe('create', () => {
  it('answers the whole resource, as the contract has it', async () => {
    const created = await world.bus.request(candidates.create, jane, callFor());
    expect(candidate.parse(created)).toEqual(created);
    expect(created).toMatchObject({ ...jane, skills: [], tags: [], custom_fields: {}, phone: null });
    expect(created.updated_at).toBe(created.created_at);
  });

  it('says one time for both, also where the clock moves on within the statement', async () => {
    const context = callFor();
    for (let n = 0; n < 300; n += 1) {
      const { created_at, updated_at } = await world.bus.request(candidates.create, jane, context);
      expect(updated_at).toBe(created_at);
    }
  });

  it('refuses an external_id that the account has already, and lets another account have it', async () => {
    const context = callFor();
    await world.bus.request(candidates.create, { ...jane, external_id: 'A-1' }, context);
    await expect(world.bus.request(candidates.create, { ...jane, external_id: 'A-1' }, context)).rejects.toMatchObject({
      code: 'duplicate_external_id',
      errors: [{ field: 'external_id' }],
    });
    await expect(
      world.bus.request(candidates.create, { ...jane, external_id: 'A-1' }, callFor()),
    ).resolves.toBeDefined();
  });

  it('lets two candidates share an e-mail address, and finds both without regard to case', async () => {
    const context = callFor();
    await world.bus.request(candidates.create, jane, context);
    await world.bus.request(candidates.create, { ...jane, email: 'JANE@Example.com' }, context);
    const found = await world.bus.request(candidates.list, list({ email: 'jane@EXAMPLE.com' }), context);
    expect(found.data.map(({ email }) => email!).toSorted()).toEqual(['JANE@Example.com', 'jane@example.com']);
  });
});

describe('a candidate without an e-mail address', () => {
  it('is kept, found by name, listed behind all others in the order of addresses, and left out by that filter', async () => {
    const context = callFor();
    const { email: _, ...sourced } = jane;
    const without = await world.bus.request(candidates.create, sourced, context);
    expect(without.email).toBeNull();
    await world.bus.request(candidates.create, { ...jane, first_name: 'Zoe' }, context);
    const namesOf = async (query: Record<string, string>): Promise<string[]> =>
      (await world.bus.request(candidates.list, list(query), context)).data.map(({ first_name }) => first_name);
    expect(await namesOf({ q: 'jane' })).toEqual(['Zoe', 'Jane']);
    expect(await namesOf({ q: 'name:jane' })).toEqual(['Jane']);
    expect(await namesOf({ sort: 'email' })).toEqual(['Zoe', 'Jane']);
    expect(await namesOf({ email: 'jane@example.com' })).toEqual(['Zoe']);
  });

  it('gets one by a patch, and loses it by null', async () => {
    const context = callFor();
    const { id } = await world.bus.request(candidates.create, { ...jane, email: null }, context);
    const patched = async (email: string | null): Promise<unknown> =>
      (await world.bus.request(candidates.update, { id, patch: { email } }, context)).email;
    expect(await patched('jane@example.com')).toBe('jane@example.com');
    expect(await patched(null)).toBeNull();
  });
});

describe('update', () => {
  it('takes back what it has shown, as a whole, and refuses another value of what only the API sets', async () => {
    const context = callFor();
    const shown = await world.bus.request(
      candidates.create,
      { ...jane, skills: ['C++'], custom_fields: { a: 1 } },
      context,
    );
    const send = (patch: object): Promise<unknown> =>
      world.bus.request(candidates.update, { id: shown.id, patch: candidatePatch.parse(patch) }, context);
    expect(await send(shown)).toEqual(shown);
    await expect(send({ ...shown, created_at: '2020-01-01T00:00:00.000Z' })).rejects.toMatchObject({
      errors: [{ field: 'created_at', code: 'read_only' }],
    });
  });

  it('changes only what the patch has, and clears with null', async () => {
    const context = callFor();
    const before = await world.bus.request(
      candidates.create,
      { ...jane, phone: '1', skills: ['C++'], custom_fields: { a: 1, b: 'x' } },
      context,
    );
    const after = await world.bus.request(
      candidates.update,
      { id: before.id, patch: { phone: null, skills: null, custom_fields: { a: null, c: true } } },
      context,
    );
    expect(after).toEqual({
      ...before,
      phone: null,
      skills: [],
      custom_fields: { b: 'x', c: true },
      updated_at: after.updated_at,
    });
    expect(after.updated_at > before.updated_at).toBe(true);
    await expect(world.bus.request(candidates.get, { id: before.id }, context)).resolves.toEqual(after);
  });

  it('leaves version and updated_at alone when the patch changes nothing', async () => {
    const context = callFor();
    const before = await world.bus.request(candidates.create, { ...jane, custom_fields: { a: 1, b: 2 } }, context);
    const patch = { first_name: 'Jane', phone: null, custom_fields: { b: 2, absent: null } };
    await expect(world.bus.request(candidates.update, { id: before.id, patch }, context)).resolves.toEqual(before);
    const rows = await world.sql('candidates', 'select version from candidates where id = $1', [before.id]);
    expect(rows).toEqual([{ version: 1 }]);
  });

  it('counts every one of many concurrent changes in version', async () => {
    const context = callFor();
    const { id } = await world.bus.request(candidates.create, jane, context);
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        world.bus.request(candidates.update, { id, patch: { custom_fields: { [`field${n}`]: n } } }, context),
      ),
    );
    const [row] = await world.sql('candidates', 'select version, custom_fields from candidates where id = $1', [id]);
    expect(row!['version']).toBe(21);
    expect(Object.keys(row!['custom_fields'] as object)).toHaveLength(20);
  });

  it('refuses a patch that would leave more than 100 custom fields', async () => {
    const context = callFor();
    const fields = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`field${n}`, n]));
    const { id } = await world.bus.request(candidates.create, { ...jane, custom_fields: fields }, context);
    await expect(
      world.bus.request(candidates.update, { id, patch: { custom_fields: { one_more: 1 } } }, context),
    ).rejects.toMatchObject({ code: 'validation_failed', errors: [{ field: 'custom_fields', code: 'too_many' }] });
  });
});

describe('delete', () => {
  it('makes the candidate inactive: out of lists, still there by id, back by a patch', async () => {
    const context = callFor();
    const { id } = await world.bus.request(candidates.create, jane, context);
    const deleted = await world.bus.request(candidates.delete, { id }, context);
    expect(deleted.status).toBe('inactive');
    await expect(world.bus.request(candidates.delete, { id }, context)).resolves.toEqual(deleted);
    await expect(world.bus.request(candidates.get, { id }, context)).resolves.toEqual(deleted);
    expect((await world.bus.request(candidates.list, list(), context)).data).toEqual([]);
    expect((await world.bus.request(candidates.list, list({ status: 'inactive,new' }), context)).data).toEqual([
      deleted,
    ]);
    await world.bus.request(candidates.update, { id, patch: { status: 'available' } }, context);
    expect((await world.bus.request(candidates.list, list(), context)).meta.total).toBe(1);
  });
});

describe('list', () => {
  it('pages through everything once, newest first, with the total', async () => {
    const context = callFor();
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.push((await world.bus.request(candidates.create, jane, context)).id);
    const seen: string[] = [];
    for (const page of ['1', '2', '3']) {
      const { data, meta } = await world.bus.request(candidates.list, list({ page, per_page: '3' }), context);
      expect(meta).toMatchObject({ page: Number(page), per_page: 3, total: 7, total_pages: 3, total_is_exact: true });
      expect(meta.next).toEqual(page === '3' ? null : { value: data[2]!.created_at, id: data[2]!.id });
      seen.push(...data.map(({ id }) => id));
    }
    expect(seen).toEqual(ids.toReversed());
    const ascending = await world.bus.request(candidates.list, list({ sort: 'created_at' }), context);
    expect(ascending.data.map(({ id }) => id)).toEqual(ids);
  });

  it('filters by each of its parameters', async () => {
    const context = callFor();
    const wanted = await world.bus.request(
      candidates.create,
      {
        ...jane,
        last_name: 'Doe',
        status: 'screening',
        tags: ['vip', 'eu'],
        skills: ['C++', "o'brien"],
        city: 'Köln',
        state: 'NW',
        source: 'referral',
        external_id: 'X',
        phone: '+49 (0)221 123-4567',
      },
      context,
    );
    await world.bus.request(candidates.create, { ...jane, email: 'other@example.com', phone: null }, context);
    const filters = {
      status: 'screening',
      tag: 'eu',
      skill: "o'brien",
      city: 'Köln',
      state: 'NW',
      source: 'referral',
      external_id: 'X',
      email: 'jane@example.com',
      phone: '0221/1234567',
      name: 'do jane',
    };
    expect(Object.keys(filters).toSorted()).toEqual(filtersOf(listCandidatesInput));
    for (const [name, value] of Object.entries(filters)) {
      const { data } = await world.bus.request(candidates.list, list({ [name]: value }), context);
      expect({ name, ids: data.map(({ id }) => id) }).toEqual({ name, ids: [wanted.id] });
    }
    const none = await world.bus.request(candidates.list, list({ ...filters, tag: 'us' }), context);
    expect(none.data).toEqual([]);
  });

  it('compares texts without case and accents, with any of several, and phone numbers by their last digits', async () => {
    const context = callFor();
    const cyrillic = { skills: ['C++', 'Йога'], tags: ['Straße'], city: 'São Paulo', state: 'Łódź' };
    const { id } = await world.bus.request(
      candidates.create,
      { ...jane, ...cyrillic, source: 'Ads, print', email: 'Jane@Example.com', phone: '(555) 123-4567' },
      context,
    );
    const found = [
      { city: 'sao paulo' },
      { city: 'SA\u0303O PAULO' },
      { city: 'Berlin,são paulo' },
      { state: 'lodz' },
      { tag: 'STRASSE' },
      { skill: 'java,c++' },
      { skill: 'йОГА' },
      { source: '"ads, print"' },
      { email: 'other@example.com,jane@EXAMPLE.com' },
      { phone: '555-1234567' },
      { phone: '34567' },
    ];
    const other = [{ skill: 'c' }, { city: 'sao' }, { source: 'ads' }, { phone: '1555 1234567' }];
    for (const query of [...found, ...other]) {
      const { data } = await world.bus.request(candidates.list, list(query), context);
      const ids = data.map((row) => row.id);
      expect([query, ids]).toEqual([query, (found as object[]).includes(query) ? [id] : []]);
    }
  });

  it('takes one value as a text, as a gateway of the release before sends it', async () => {
    const context = callFor();
    const { id } = await world.bus.request(
      candidates.create,
      { ...jane, city: 'Köln', email: 'jane@example.com' },
      context,
    );
    const before = { ...list({}), city: 'Köln', email: 'jane@example.com' } as unknown as ListCandidatesInput;
    expect((await world.bus.request(candidates.list, before, context)).data.map((row) => row.id)).toEqual([id]);
  });

  it('answers a full page of candidates with long texts', async () => {
    const context = callFor();
    const summary = 'é'.repeat(20_000);
    for (let n = 0; n < 100; n++) await world.bus.request(candidates.create, { ...jane, summary }, context);
    const { data } = await world.bus.request(candidates.list, list({ per_page: '100' }), context);
    expect(data).toHaveLength(100);
    expect(data.every((each) => each.summary === summary)).toBe(true);
  });

  it('sorts names as people do: case and accents come after letters', async () => {
    const context = callFor();
    for (const last_name of ['Zeta', 'alpha', 'Émile', 'emma', 'Beta']) {
      await world.bus.request(candidates.create, { ...jane, last_name }, context);
    }
    const { data } = await world.bus.request(candidates.list, list({ sort: 'last_name' }), context);
    expect(data.map(({ last_name }) => last_name)).toEqual(['alpha', 'Beta', 'Émile', 'emma', 'Zeta']);
  });

  it('is bounded by time, the end included and the beginning not', async () => {
    const context = callFor();
    const { created_at } = await world.bus.request(candidates.create, jane, context);
    const count = async (query: Record<string, string>) =>
      (await world.bus.request(candidates.list, list(query), context)).meta.total;
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
  it('cannot see, change or delete a candidate by its id', async () => {
    const { id } = await world.bus.request(candidates.create, jane, callFor());
    const stranger = callFor();
    const absent = { code: 'not_found', detail: 'There is no such candidate.' };
    await expect(world.bus.request(candidates.get, { id }, stranger)).rejects.toMatchObject(absent);
    await expect(world.bus.request(candidates.update, { id, patch: { phone: '1' } }, stranger)).rejects.toMatchObject(
      absent,
    );
    await expect(world.bus.request(candidates.delete, { id }, stranger)).rejects.toMatchObject(absent);
    await expect(world.bus.request(candidates.getMany, { ids: [id] }, stranger)).resolves.toEqual([]);
    await expect(world.bus.request(candidates.list, list(), stranger)).resolves.toMatchObject({ data: [] });
  });
});

describe('while a name is typed', () => {
  const names = async (context: RequestContext, query: Record<string, string>): Promise<string[]> =>
    (await world.bus.request(candidates.list, list(query), context)).data.map(
      ({ first_name, last_name }) => `${first_name} ${last_name}`,
    );
  const add = async (context: RequestContext, ...people: string[]): Promise<void> => {
    for (const person of people) {
      const [first_name, ...last] = person.split(' ');
      await world.bus.request(
        candidates.create,
        { ...jane, first_name: first_name!, last_name: last.join(' ') },
        context,
      );
    }
  };
  const ALL = [
    'Zoe Smith',
    'Smilla Jensen',
    'Jane Smith',
    "Conan O'Brien",
    'Smith Adams',
    'Jörg Müller-Lüdenscheidt',
    '太郎 山田',
  ];

  it.each([
    ['smi', ['Smilla Jensen', 'Smith Adams', 'Jane Smith', 'Zoe Smith']],
    ['s', ['Smilla Jensen', 'Smith Adams', 'Jane Smith', 'Zoe Smith']],
    ['Smith J', ['Jane Smith']],
    ['j smith', ['Jane Smith']],
    ['smith a', ['Smith Adams']],
    ['lu jorg', ['Jörg Müller-Lüdenscheidt']],
    ['j sm', ['Jane Smith', 'Smilla Jensen']],
    ['jane smith', ['Jane Smith']],
    ['JOERG', ['Jörg Müller-Lüdenscheidt']],
    ['mul jorg', ['Jörg Müller-Lüdenscheidt']],
    ['müller-lü', ['Jörg Müller-Lüdenscheidt']],
    ["o'b", ["Conan O'Brien"]],
    ['o b', ["Conan O'Brien"]],
    ['brien', ["Conan O'Brien"]],
    ['山田太', ['太郎 山田']],
    ['smith -jane', ['Jane Smith']],
    ['smith NOT zoe', []],
    ['mith', []],
    ['( " * : ! ~ \\', []],
    ['-', []],
  ])('%s: those that begin with it first', async (name, expected) => {
    const context = callFor();
    await add(context, ...ALL);
    expect(await names(context, { name })).toEqual(expected);
  });

  it('other filters and orders count, too, and pages and cursors lead on', async () => {
    const context = callFor();
    await add(context, ...ALL);
    expect(await names(context, { name: 'smi', status: 'placed' })).toEqual([]);
    expect(await names(context, { name: 'smi', sort: 'last_name' })).toEqual([
      'Smith Adams',
      'Smilla Jensen',
      'Zoe Smith',
      'Jane Smith',
    ]);
    expect(await names(context, { name: 'smi', q: 'zoe' })).toEqual(['Zoe Smith']);
    expect(await names(context, { name: 'smi', per_page: '3', page: '2' })).toEqual(['Zoe Smith']);
    const first = await world.bus.request(candidates.list, list({ name: 'smi', per_page: '3' }), context);
    expect(first.meta).toEqual({ page: 1, per_page: 3, total: 4, total_pages: 2, total_is_exact: false });
    const whole = await world.bus.request(candidates.list, list({ name: 'smi' }), context);
    expect(whole.meta).toMatchObject({ total: 4, total_pages: 1, total_is_exact: true });
    const byCursor = { ...list({ name: 'smi' }), cursor: 'start' as const };
    const { data } = await world.bus.request(candidates.list, byCursor, context);
    expect(data.map(({ last_name }) => last_name)).toEqual(['Adams', 'Smith', 'Jensen', 'Smith']);
  });

  it('of very many a hundred are listed, and it is said that there are more', async () => {
    const context = callFor();
    for (let n = 0; n < 130; n++) await add(context, `Ada ${n < 120 ? 'Lovelace' : 'Byron'}`);
    const read = (query: Record<string, string>) =>
      world.bus.request(candidates.list, list({ name: 'lov', ...query }), context);
    const meta = { total: 100, total_is_exact: false };
    expect(await read({ per_page: '100' })).toMatchObject({ data: { length: 100 }, meta });
    expect(await read({ per_page: '60', page: '2' })).toMatchObject({ data: { length: 40 }, meta: { total_pages: 2 } });
    expect(await read({ per_page: '60', page: '3' })).toMatchObject({ data: [] });
  });
});
