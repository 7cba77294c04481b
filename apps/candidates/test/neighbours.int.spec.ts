import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { candidates, type ListCandidatesInput, listCandidatesInput } from '@nexivo/contracts/candidates';
import { type RequestContext, runInContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { eventually } from '@nexivo/testing/poll';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import pg from 'pg';
import { candidatesService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { candidatesEnv } from '../src/env.js';

const jane = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', status: 'new' } as const;
const LOCK = 1;

let world: World;
/** Whose lists by a search wait for the lock {@link LOCK}, as long as it is held. */
let slow: RequestContext;
let quick: RequestContext;
let holder: pg.Client;

/** A pool of five: two connections for searches, of which one account may have one. */
beforeAll(async () => {
  world = await startWorld();
  await world.start({ name: 'candidates', env: candidatesEnv, database, options: candidatesService });
  [slow, quick] = [callFor(), callFor()];
  // The service asks it for the plan of every search.
  await world.sql(
    'candidates',
    `create or replace function search_rows(relation regclass, account uuid, query tsquery) returns double precision
     language plpgsql volatile as $$ begin
       if account = '${slow.accountId}' then perform pg_advisory_xact_lock_shared(${LOCK}); end if;
       return 1;
     end $$`,
  );
  holder = new pg.Client({ connectionString: world.urlOf('candidates') });
  await holder.connect();
});
afterEach(() => holder.query('select pg_advisory_unlock_all()'));
afterAll(async () => {
  await holder.end();
  await world.stop();
});

const list = (context: RequestContext, query: Partial<ListCandidatesInput>) =>
  world.bus.request(candidates.list, { ...listCandidatesInput.parse({}), ...query }, context);

/** Searches of the slow account, all at once; no estimate of theirs is remembered. */
function search(count: number): { ended: number; all: Promise<PromiseSettledResult<unknown>[]> } {
  const searches = {
    ended: 0,
    all: Promise.allSettled(
      Array.from({ length: count }, (_, n) =>
        list(slow, { q: `jane${n} ja*` }).finally(() => {
          searches.ended += 1;
        }),
      ),
    ),
  };
  return searches;
}

const waiting = async (): Promise<number> =>
  (
    await world.sql<{ count: number }>(
      'candidates',
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and wait_event = 'advisory' and application_name = 'nexivo-candidates:reads'`,
    )
  )[0]!.count;

describe('while searches of one account do not end', () => {
  it('everything of another is answered, its searches too, and those are answered when they can be', async () => {
    const { id } = await world.bus.request(candidates.create, jane, quick);
    await holder.query('select pg_advisory_lock($1)', [LOCK]);
    const searches = search(10);
    await eventually(async () => expect(await waiting()).toBe(1));
    await world.bus.request(candidates.get, { id }, quick);
    await world.bus.request(candidates.update, { id, patch: { city: 'Köln' } }, quick);
    expect((await list(quick, {})).data).toHaveLength(1);
    expect((await list(quick, { city: ['Köln'] })).data).toHaveLength(1);
    expect((await list(quick, { q: 'jane', sort: '-relevance' })).data).toHaveLength(1);
    await world.bus.request(candidates.create, jane, slow);
    expect((await list(slow, {})).data).toHaveLength(1);
    expect(searches.ended).toBe(0);
    expect(await waiting()).toBe(1);
    await holder.query('select pg_advisory_unlock_all()');
    for (const each of await searches.all) expect(each).toMatchObject({ status: 'fulfilled' });
  });

  it('one whose caller hangs up is ended, and the next one has its turn', async () => {
    await holder.query('select pg_advisory_lock($1)', [LOCK]);
    const gone = new AbortController();
    const given = runInContext({ ...slow, signal: gone.signal }, () => list(slow, { q: 'jane gone*' }));
    await eventually(async () => expect(await waiting()).toBe(1));
    gone.abort();
    // Not by the time limit of the statement, which has other words.
    await expect(given).rejects.toMatchObject({ code: 'service_timeout', detail: expect.stringContaining('given up') });
    await holder.query('select pg_advisory_unlock_all()');
    await list(slow, { q: 'jane next*' });
  });

  it('one whose caller has hung up before it is sent is not sent', async () => {
    await holder.query('select pg_advisory_lock($1)', [LOCK]);
    const gone = new AbortController();
    const given = runInContext({ ...slow, signal: gone.signal }, () => list(slow, { q: 'jane never*' }));
    gone.abort();
    // Not by the time limit of the statement, which has other words.
    await expect(given).rejects.toMatchObject({ detail: 'The candidates service did not answer in time.' });
    expect(await waiting()).toBe(0);
    await holder.query('select pg_advisory_unlock_all()');
  });

  it('those that are too many are refused at once, with a time to come back', async () => {
    await holder.query('select pg_advisory_lock($1)', [LOCK]);
    const searches = search(1_010);
    // One runs, 999 wait.
    await eventually(() => expect(searches.ended).toBe(10));
    await holder.query('select pg_advisory_unlock_all()');
    const refused = (await searches.all).flatMap((each) =>
      each.status === 'rejected' ? [each.reason as unknown] : [],
    );
    expect(refused.length).toBeGreaterThanOrEqual(10);
    // On a slow machine those that ran meanwhile may have been ended by their time limit.
    const tooMany = refused.filter((reason) => (reason as DomainError).code !== 'service_timeout');
    expect(tooMany.length).toBeGreaterThanOrEqual(8);
    for (const reason of tooMany) expect(reason).toMatchObject({ code: 'service_unavailable', retryAfterS: 1 });
  });

  it('six hundred at once, which a plan admits, are all answered', async () => {
    for (const each of await search(600).all) expect(each).toMatchObject({ status: 'fulfilled' });
  });

  it('they are ended by the time limit, and who waits is refused before his caller gives up', async () => {
    await holder.query('select pg_advisory_lock($1)', [LOCK]);
    const reasons = (await search(3).all).map((each) =>
      each.status === 'rejected' ? (each.reason as DomainError) : each,
    );
    expect(await waiting()).toBe(0);
    // One after the other, each for 2.5 s at most: the second one's turn comes, but not that of the third.
    const tooSlow = { code: 'service_timeout', detail: expect.stringContaining('narrow it') };
    expect(reasons).toMatchObject([
      tooSlow,
      { code: 'service_timeout' },
      { code: 'service_unavailable', retryAfterS: 1 },
    ]);
  });
});
