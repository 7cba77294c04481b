import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Candidate,
  candidates,
  type CreateCandidateInput,
  type ListCandidatesInput,
  listCandidatesInput,
} from '@nexivo/contracts/candidates';
import { counterCommands, type Miscount } from '@nexivo/contracts/counters';
import type { Cursor } from '@nexivo/contracts/pagination';
import type { RequestContext } from '@nexivo/bus/context';
import { changeTimeSql } from '@nexivo/store/change-time';
import { checkCounters } from '@nexivo/store/list-counters';
import { connectOperator, type Operator } from '@nexivo/testing/api';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { candidatesService } from '../src/app.module.js';
import { COUNTED, database } from '../src/database.js';
import { candidatesEnv } from '../src/env.js';

let world: World;
let source: DataSource;
let operator: Operator;

beforeAll(async () => {
  world = await startWorld();
  const app = await world.start({ name: 'candidates', env: candidatesEnv, database, options: candidatesService });
  source = app.get(DataSource);
  operator = await connectOperator(world.nats.urlFor('admin'));
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

const jane: CreateCandidateInput = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', status: 'new' };
const create = (context: RequestContext, input: Partial<CreateCandidateInput> = {}): Promise<Candidate> =>
  world.bus.request(candidates.create, { ...jane, ...input }, context);
const list = (context: RequestContext, query: Partial<ListCandidatesInput> = {}) =>
  world.bus.request(candidates.list, { ...listCandidatesInput.parse({}), ...query }, context);

/** Every page of a list, by cursor from its start. */
async function* pages(context: RequestContext, query: Partial<ListCandidatesInput>): AsyncGenerator<Candidate[]> {
  for (let cursor: Cursor | null = 'start'; cursor !== null;) {
    const { data, meta } = await list(context, { ...query, cursor });
    expect(meta).toEqual({ per_page: query.per_page ?? 25, synced_until: meta.synced_until, next: meta.next });
    yield data;
    cursor = meta.next ?? null;
  }
}

async function walk(context: RequestContext, query: Partial<ListCandidatesInput> = {}): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of pages(context, query)) ids.push(...page.map(({ id }) => id));
  return ids;
}

/** Rows that differ in little, so that ties are common: five names, three times. */
async function crowd(context: RequestContext, rows: number): Promise<void> {
  await world.sql(
    'candidates',
    `insert into candidates (account_id, id, first_name, last_name, email, status, skills, tags, custom_fields, search, created_at, updated_at)
     select $1, gen_random_uuid(), 'F' || n % 5, 'L' || n % 5, 'e' || n % 5 || '@example.com', 'new', '{}', '{}', '{}', '', at, at
     from generate_series(1, $2::int) as n, lateral (select timestamptz '2026-01-01' + n % 3 * interval '1 ms' as at) as times`,
    [context.accountId, rows],
  );
}

describe('a list that is read by cursor', () => {
  it.each(['created_at', '-created_at', 'updated_at', '-updated_at', 'last_name', '-first_name', 'email'])(
    'shows every row once, sorted by %s as by page number, whatever the ties',
    async (sort) => {
      const context = callFor();
      await crowd(context, 60);
      const byNumber = (await list(context, { sort, per_page: 100 })).data;
      await expect(walk(context, { sort, per_page: 7 })).resolves.toEqual(byNumber.map(({ id }) => id));
      expect(new Set(byNumber.map(({ id }) => id)).size).toBe(60);
    },
  );

  it('shows every row that exists throughout once, while others come, go and change', async () => {
    const context = callFor();
    await crowd(context, 200);
    const throughout = await world.sql<{ id: string }>(
      'candidates',
      'select id from candidates where account_id = $1',
      [context.accountId],
    );
    const seen: string[] = [];
    for await (const page of pages(context, { per_page: 10 })) {
      seen.push(...page.map(({ id }) => id));
      const fresh = await create(context);
      await world.bus.request(candidates.update, { id: page[0]!.id, patch: { city: randomUUID() } }, context);
      await world.bus.request(candidates.delete, { id: fresh.id }, context);
      await create(context);
    }
    for (const { id } of throughout) expect(seen.filter((other) => other === id)).toHaveLength(1);
  });

  it('keeps to its filters, and to its account', async () => {
    const [context, stranger] = [callFor(), callFor()];
    for (let n = 0; n < 3; n++) await create(context, { city: 'Köln' });
    await create(context, { city: 'Bonn' });
    await create(stranger, { city: 'Köln' });
    await expect(walk(context, { city: ['Köln'], per_page: 1 })).resolves.toHaveLength(3);
  });

  it.each(['email', '-email'])(
    'goes on from values to rows without one, and back, in the order of %s',
    async (sort) => {
      const context = callFor();
      for (const email of ['a@b.example', null, 'c@d.example', null, 'e@f.example', null, null])
        await create(context, { email });
      for (const per_page of [1, 2, 3]) {
        const emails: (string | null)[] = [];
        for await (const page of pages(context, { sort, per_page })) emails.push(...page.map(({ email }) => email));
        const values = ['a@b.example', 'c@d.example', 'e@f.example', null, null, null, null];
        expect(emails).toEqual(sort === 'email' ? values : values.toReversed());
      }
    },
  );

  it('is at its end at once where there is nothing', async () => {
    await expect(walk(callFor())).resolves.toEqual([]);
  });
});

describe('the total of a list', () => {
  it('is exact for all and for each status, however the rows came and changed', async () => {
    const context = callFor();
    await crowd(context, 10_050);
    const one = await create(context, { status: 'screening' });
    const other = await create(context, { status: 'available' });
    await world.bus.request(candidates.update, { id: one.id, patch: { status: 'placed' } }, context);
    await world.bus.request(candidates.delete, { id: other.id }, context);
    const total = async (status?: Candidate['status'][]) => {
      const { meta } = await list(context, { status, per_page: 1 });
      expect(meta.total_is_exact).toBe(true);
      return meta.total;
    };
    await expect(total()).resolves.toBe(10_051);
    await expect(total(['new'])).resolves.toBe(10_050);
    await expect(total(['screening'])).resolves.toBe(0);
    await expect(total(['placed', 'inactive'])).resolves.toBe(2);
    await world.sql('candidates', `delete from candidates where account_id = $1 and last_name = 'L1'`, [
      context.accountId,
    ]);
    await expect(total(['new'])).resolves.toBe(8_040);
  });

  it('is counted up to 1,000 where anything else narrows the list, and says so beyond', async () => {
    const context = callFor();
    await crowd(context, 1_050);
    const narrowed = await list(context, { created_after: '2025-01-01T00:00:00.000Z' });
    expect(narrowed.meta).toMatchObject({ total: 1_000, total_is_exact: false, total_pages: 40 });
    const narrower = await list(context, { email: ['e1@example.com'] });
    expect(narrower.meta).toMatchObject({ total: 210, total_is_exact: true, total_pages: 9 });
    const beyondTheEnd = await list(context, { email: ['e1@example.com'], page: 10 });
    expect(beyondTheEnd).toMatchObject({ data: [], meta: { total: 210, next: null } });
  });

  it('beyond that is not counted again for a minute, and is what the pages show at least', async () => {
    const context = callFor();
    await crowd(context, 10_050);
    const query = { city: ['Köln'], per_page: 100, sort: 'created_at' } satisfies Partial<ListCandidatesInput>;
    await world.sql('candidates', `update candidates set city = 'Köln' where account_id = $1`, [context.accountId]);
    const all = await walk(context, query);
    expect(all).toHaveLength(10_050);
    // Before it is known that there are so many, too.
    for (const [page, total] of [
      [100, 10_001],
      [1, 1_000],
      [1, 1_000],
      [37, 3_701],
      [100, 10_001],
    ] as const) {
      const { data, meta } = await list(context, { ...query, page });
      expect(data.map(({ id }) => id)).toEqual(all.slice((page - 1) * 100, page * 100));
      expect(meta).toMatchObject({ total, total_is_exact: false, total_pages: Math.ceil(total / 100) });
    }
    const left = all.slice(0, 150);
    await world.sql('candidates', `update candidates set city = 'Bonn' where account_id = $1 and not id = any($2)`, [
      context.accountId,
      left,
    ]);
    const last = await list(context, { ...query, page: 2 });
    expect(last.data.map(({ id }) => id)).toEqual(left.slice(100));
    expect(last.meta).toMatchObject({ total: 150, total_is_exact: true, total_pages: 2 });
    const behind = await list(context, { ...query, page: 3 });
    expect(behind).toMatchObject({ data: [], meta: { total: 150, total_is_exact: true, next: null } });
    const other = await list(context, { city: ['Bonn'], per_page: 1 });
    expect(other.meta).toMatchObject({ total: 1_000, total_is_exact: false });
  });

  it.each(['created_at', '-created_at', 'last_name', '-last_name', '-first_name'] as const)(
    'comes with the same pages as a walk by cursor: sorted by %s',
    async (sort) => {
      const context = callFor();
      await crowd(context, 60);
      const query = { city: ['Köln'], per_page: 7, sort };
      await world.sql('candidates', `update candidates set city = 'Köln' where account_id = $1 and last_name <> 'L2'`, [
        context.accountId,
      ]);
      const all = await walk(context, query);
      for (let page = 1; (page - 1) * 7 < all.length; page++) {
        const { data, meta } = await list(context, { ...query, page });
        expect(data.map(({ id }) => id)).toEqual(all.slice((page - 1) * 7, page * 7));
        expect(meta).toMatchObject({ total: all.length, total_is_exact: true });
      }
      expect(all.length).toBeGreaterThan(40);
    },
  );

  it('stays exact under concurrent writes of one account, none of which fails', async () => {
    const context = callFor();
    const statuses = ['new', 'screening', 'available', 'placed'] as const;
    const rows = await Promise.all(Array.from({ length: 10 }, () => create(context)));
    for (let turn = 0; turn < 8; turn++) {
      await Promise.all([
        ...rows.map(({ id }, n) =>
          world.bus.request(candidates.update, { id, patch: { status: statuses[(n + turn) % 4]! } }, context),
        ),
        ...statuses.map((status) => create(context, { status })),
      ]);
    }
    expect((await checkCounters(source, COUNTED)).miscounts).toEqual([]);
    const { meta } = await list(context);
    expect(meta.total).toBe(10 + 8 * 4);
  });
});

describe('counters.check', () => {
  /** All parts, one after the other. */
  async function check(repair: boolean): Promise<{ miscounts: Miscount[]; parts: number }> {
    const miscounts: Miscount[] = [];
    let after: string | undefined;
    for (let parts = 1; ; parts++) {
      const part = await operator.bus.request(
        counterCommands('candidates').check,
        { repair, ...(after && { after }) },
        operator.context,
      );
      miscounts.push(...part.miscounts);
      if (part.next === null) return { miscounts, parts };
      after = part.next;
    }
  }
  const spoil = (accountId: string): Promise<unknown> =>
    world.sql(
      'candidates',
      'update list_counters set rows = rows + 2 where ctid = (select ctid from list_counters where account_id = $1 limit 1)',
      [accountId],
    );

  /** A connection that counts in another row than a repair. */
  async function connectWithOwnShard(): Promise<pg.Client> {
    for (;;) {
      const client = new pg.Client({ connectionString: world.urlOf('candidates') });
      await client.connect();
      const { rows } = await client.query<{ shard: number }>('select pg_backend_pid() % 16 as shard');
      if (rows[0]!.shard !== 0) return client;
      await client.end();
    }
  }

  it('finds a counter that is wrong, sets it right when told to, and finds none that is right', async () => {
    const context = callFor();
    await create(context);
    expect((await check(false)).miscounts).toEqual([]);
    await spoil(context.accountId);
    const wrong = [{ account_id: context.accountId, value: 'new', counted: 1, kept: 3 }];
    expect((await check(false)).miscounts).toEqual(wrong);
    expect((await check(true)).miscounts).toEqual(wrong);
    expect((await check(false)).miscounts).toEqual([]);
    expect((await list(context)).meta.total).toBe(1);
  });

  it('goes through any number of accounts in parts, also through those of which only rows or only counters are there', async () => {
    const accounts = await world.sql<{ id: string }>(
      'candidates',
      'select uuidv7() as id from generate_series(1, 450)',
    );
    const ids = accounts.map(({ id }) => id);
    await world.sql(
      'candidates',
      `insert into list_counters (account_id, value, shard, rows) select id, 'new', 0, 4 from unnest($1::uuid[]) id`,
      [ids],
    );
    const context = callFor();
    await create(context);
    await world.sql('candidates', 'delete from list_counters where account_id = $1', [context.accountId]);
    const { miscounts, parts } = await check(true);
    expect(parts).toBeGreaterThanOrEqual(3);
    expect(miscounts).toHaveLength(451);
    expect(miscounts).toContainEqual({ account_id: context.accountId, value: 'new', counted: 1, kept: 0 });
    expect((await check(false)).miscounts).toEqual([]);
  });

  it('repairs while the table is written to: nobody waits, and what is written meanwhile counts', async () => {
    const context = callFor();
    await create(context, { status: 'screening' });
    await spoil(context.accountId);
    const writer = await connectWithOwnShard();
    try {
      // A write that is not committed until the repair is over: a lock of the table would have to wait for it. The two writers count
      // different values: with the same one they might share a counter, and the second would wait for the first.
      await writer.query('begin');
      await writer.query(`update candidates set status = 'available' where account_id = $1`, [context.accountId]);
      await create(context);
      expect((await check(true)).miscounts).toHaveLength(1);
      await writer.query('commit');
    } finally {
      await writer.end();
    }
    expect((await check(false)).miscounts).toEqual([]);
    expect((await list(context)).meta.total).toBe(2);
  });
});

const CLOCKS = [
  ['a clock that goes on', 0],
  ['a clock that is set back by 2 s', 2_000],
  ['a clock that is set back by an hour', 3_600_000],
] as const;

/** What is there was written by a clock that has been set back since. */
const setClockBack = (context: RequestContext, byMs: number): Promise<unknown> =>
  world.sql(
    'candidates',
    `update candidates set created_at = created_at + $2 * interval '1 ms', updated_at = updated_at + $2 * interval '1 ms'
     where account_id = $1`,
    [context.accountId, byMs],
  );

it('a row is never changed earlier than before, though the clock says so', async () => {
  const context = callFor();
  const { id } = await create(context);
  await setClockBack(context, 90 * 86_400_000);
  const read = () => world.bus.request(candidates.get, { id }, context);
  const before = await read();
  await world.bus.request(candidates.update, { id, patch: { city: 'Köln' } }, context);
  expect(Date.parse((await read()).updated_at)).toBeGreaterThanOrEqual(Date.parse(before.updated_at));
  // Nor does it lead the others of the account: so far ahead is no clock that is gone on from.
  expect(Date.parse((await create(context)).updated_at)).toBeLessThan(Date.parse(before.updated_at));
});

/** Ten writers that commit up to 80 ms after they gave a row its time. */
function writeSlowly(context: RequestContext, rows: readonly Candidate[]): { isOver: boolean; done: Promise<void> } {
  const pool = new pg.Pool({ connectionString: world.urlOf('candidates'), max: 10 });
  const write = async (n: number): Promise<void> => {
    const client = await pool.connect();
    for (let turn = 0; turn < 15; turn++) {
      await client.query('begin');
      const { rowCount } = await client.query(
        `update candidates set version = version + 1, city = $3, updated_at = ${changeTimeSql('candidates', '$1')}
         where account_id = $1 and id = $2`,
        [context.accountId, rows[(n * 2 + turn) % 20]!.id, `${n}:${turn}`],
      );
      expect(rowCount).toBe(1);
      await client.query('select pg_sleep(random() * 0.08)');
      await client.query('commit');
    }
    client.release();
  };
  const writing = { isOver: false, done: writeAll() };
  return writing;

  async function writeAll(): Promise<void> {
    try {
      await Promise.all(Array.from({ length: 10 }, (_, n) => write(n)));
    } finally {
      writing.isOver = true;
      await pool.end();
    }
  }
}

describe('a window of time', () => {
  it.each(['', '4', '400', '400123'])(
    'has its end and not its beginning, with %j behind the milliseconds',
    async (digits) => {
      const context = callFor();
      const { id, created_at, updated_at } = await create(context);
      const time = created_at.replace('Z', `${digits}z`).replace('T', 't');
      expect(updated_at).toBe(created_at);
      const idsOf = async (window: Record<string, string>) => (await list(context, window)).data.map((row) => row.id);
      await expect(idsOf({ created_before: time })).resolves.toEqual([id]);
      await expect(idsOf({ created_after: time })).resolves.toEqual([]);
      await expect(idsOf({ updated_before: time })).resolves.toEqual([id]);
      await expect(idsOf({ updated_after: time })).resolves.toEqual([]);
    },
  );
});

describe('status=any', () => {
  it('lists what is deleted, too', async () => {
    const context = callFor();
    const { id } = await create(context);
    await world.bus.request(candidates.delete, { id }, context);
    expect((await list(context)).data).toEqual([]);
    expect((await list(context, { status: ['any'] })).data).toMatchObject([{ id, status: 'inactive' }]);
    expect((await list(context, { status: ['any'] })).meta.total).toBe(1);
  });
});

describe('a reader that goes on from meta.synced_until', () => {
  it.each(['-created_at', 'created_at', 'last_name', '-updated_at', 'updated_at'])(
    'misses no change, whatever order is read: %s',
    async (sort) => {
      const context = callFor();
      const rows = await Promise.all(Array.from({ length: 20 }, () => create(context)));
      const writing = writeSlowly(context, rows);
      const seen = new Map<string, Candidate>();
      let since: string | undefined;
      const readOn = async (): Promise<void> => {
        let synced: string | undefined;
        for (let cursor: Cursor | null = 'start'; cursor;) {
          const { data, meta } = await list(context, { updated_after: since, sort, per_page: 3, cursor });
          for (const row of data) seen.set(row.id, row);
          if (cursor !== 'start') expect(meta.synced_until).toBe(synced);
          synced = meta.synced_until;
          cursor = meta.next ?? null;
        }
        since = synced;
      };
      while (!writing.isOver) await readOn();
      await writing.done;
      await readOn();
      for (const { id } of rows) {
        expect(seen.get(id)).toEqual(await world.bus.request(candidates.get, { id }, context));
      }
    },
  );
});

describe('a reader that goes on from the last time it saw', () => {
  it.each([2_000, 3_600_000])('by cursor misses nothing when the clock is set back by %i ms', async (byMs) => {
    const context = callFor();
    const rows = await Promise.all(Array.from({ length: 20 }, () => create(context)));
    await setClockBack(context, byMs);
    const query = { sort: 'updated_at', per_page: 3 };
    const seen = new Map<string, Candidate>();
    let cursor: Cursor = 'start';
    const readOn = async (): Promise<void> => {
      for (let isEnd = false; !isEnd;) {
        const { data, meta } = await list(context, { ...query, cursor });
        for (const row of data) seen.set(row.id, row);
        const last = data.at(-1);
        if (last) cursor = { value: last.updated_at, id: last.id };
        isEnd = meta.next === null;
      }
    };
    await readOn();
    expect(seen.size).toBe(20);
    for (const { id } of rows) {
      await world.bus.request(candidates.update, { id, patch: { city: randomUUID() } }, context);
      await readOn();
      expect(seen.get(id)).toEqual(await world.bus.request(candidates.get, { id }, context));
    }
  });

  it.each(CLOCKS)('misses no change, however late it is committed, with %s', async (_, aheadMs) => {
    const context = callFor();
    const rows = await Promise.all(Array.from({ length: 20 }, () => create(context)));
    await setClockBack(context, aheadMs);
    const writing = writeSlowly(context, rows);
    const seen = new Map<string, Candidate>();
    let since = '2020-01-01T00:00:00.000Z';
    const readOn = async (): Promise<void> => {
      const { data } = await list(context, { updated_after: since, sort: 'updated_at', per_page: 100 });
      for (const row of data) seen.set(row.id, row);
      since = data.at(-1)?.updated_at ?? since;
    };
    while (!writing.isOver) await readOn();
    await writing.done;
    await readOn();
    for (const { id } of rows) {
      expect(seen.get(id)).toEqual(await world.bus.request(candidates.get, { id }, context));
    }
  });

  it.each(CLOCKS)(
    'sees what was answered before it asked, when nothing else is being written, with %s',
    async (_, ms) => {
      const context = callFor();
      await create(context);
      await setClockBack(context, ms);
      for (let n = 0; n < 20; n++) {
        const { id, updated_at } = await create(context);
        const before = new Date(Date.parse(updated_at) - 1).toISOString();
        const { data } = await list(context, { updated_after: before });
        expect(data.map((row) => row.id)).toContain(id);
      }
    },
  );
});
