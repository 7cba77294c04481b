import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Route, takesIdempotencyKey } from '@nexivo/contracts/route';
import { routes } from '@nexivo/contracts/routes';
import { type Answer, Api } from '@nexivo/testing/api';
import { joinAs, PersonApi, secretOf } from '@nexivo/testing/person';
import { eventually } from '@nexivo/testing/poll';
import pg from 'pg';
import { z } from 'zod';
import { startProxy } from './health-checking-proxy.js';
import { markedBody } from './marked-bodies.js';
import { startReplica } from './replica.js';
import { type RunningStack, runStack } from './running-stack.js';
import { startTraffic } from './traffic.js';

let running: RunningStack;
let api: Api;
let person: PersonApi;
let superuser: pg.Client;
/** The id of one of each, by the part of a path that is before it. */
const existing: Record<string, string> = {};
/** What a body has to name, or the write would be refused before it comes to its row. */
const known: Record<string, string> = {};

beforeAll(async () => {
  running = await runStack({ autoRestart: false, env: { SHUTDOWN_DELAY_S: '2' } });
  const accountId = await running.operator.createAccount();
  api = await running.client({ accountId });
  person = (await joinAs(running.origin, running.operator, accountId, 'owner')).api;
  await makeOneOfEach(accountId);
  const url = new URL(running.stack.postgres!.url);
  url.pathname = '/nexivo';
  superuser = new pg.Client({ connectionString: url.href });
  superuser.on('error', () => undefined);
  await superuser.connect();
});
afterAll(() => running.stop());

async function makeOneOfEach(accountId: string): Promise<void> {
  const made = async (answer: Promise<Answer>): Promise<string> => (await answer).body.id;
  existing['candidates'] = await made(api.post('/candidates', JANE));
  existing['jobs'] = await made(api.post('/jobs', { title: 'Engineer' }));
  const submission = { candidate_id: existing['candidates'] };
  existing['submissions'] = await made(api.post(`/jobs/${existing['jobs']}/submissions`, submission));
  const webhook = { url: 'https://receiver.invalid/', events: ['*'] };
  existing['webhooks'] = await made(api.post('/webhooks', webhook));
  const ofWebhook = `/webhooks/${existing['webhooks']}`;
  existing['deliveries'] = await made(api.post(`${ofWebhook}/test`, {}));
  existing['replays'] = await made(api.post(`${ofWebhook}/replay`, { since: LONG_AGO }));
  existing['redeliveries'] = await made(api.post(`${ofWebhook}/redeliver_failed`, { since: LONG_AGO }));
  existing['tokens'] = await made(person.post('/tokens', { name: 'a', scopes: ['jobs:read'] }));
  existing['users'] = (await joinAs(running.origin, running.operator, accountId, 'viewer')).id;
  const invitation = (await person.post('/invitations', { email: 'new@example.com', role: 'viewer' })).body;
  existing['invitations'] = invitation.id;
  await new PersonApi(running.origin, person.email, person.password).signIn();
  const sessions: { id: string; is_current: boolean }[] = (await person.get('/sessions')).body.data;
  existing['sessions'] = sessions.find(({ is_current }) => !is_current)!.id;
  known['candidate_id'] = await made(api.post('/candidates', JANE));
  known['current_password'] = person.password;
  known['account_id'] = accountId;
  known['secret'] = secretOf(invitation.url);
  for (const [name, id] of Object.entries({ ...existing, ...known })) if (!id) throw new Error(`no ${name}`);
}

const LONG_AGO = new Date(Date.now() - 60_000).toISOString();
const JANE = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' };
const PEOPLE_TAGS = ['Account', 'Audit', 'Sessions', 'Tokens', 'Users'];
const writes = routes.filter(({ method }) => method !== 'GET');

describe('a gateway that is restarted', () => {
  it('drops nothing: behind a proxy that asks for its readiness no request fails', async () => {
    const own = { process: running.stack.services.gateway, origin: running.origin };
    const gateways = [own, await startReplica(running.stack, 'gateway')];
    const proxy = await startProxy(gateways.map(({ origin }) => origin));
    const traffic = startTraffic(new Api(proxy.origin, api.token), 8);
    for (const { process } of gateways) await process.restart();
    const failures = await traffic.stop();
    await gateways[1]!.process.stop();
    await proxy.stop();
    expect(failures).toEqual([]);
    expect(traffic.answered()).toBeGreaterThan(100);
  });
});

describe('no log keeps anything that a customer sends', () => {
  /** By which each text that is sent can be recognised. */
  const mark = (state: string, { operationId }: Route): string => `${state}leak${operationId.toLowerCase()}`;
  const pathOf = ({ path }: Route): string =>
    path.replaceAll(/(\w+)\/\{\w+\}/g, (_, name: string) => `${name}/${existing[name]}`);
  const isReadOnly = ({ body }: Route, name: string): boolean => {
    let member: unknown = body instanceof z.ZodObject && body.shape[name];
    while (member instanceof z.ZodOptional) {
      if (member.meta()?.['readOnly'] === true) return true;
      member = member.unwrap();
    }
    return false;
  };
  /** What may be changed is more than an example shows: what is given when it is made, too. */
  const fullExample = (route: Route): Route => {
    const made = routes.find(({ tag, method, example }) => tag === route.tag && method === 'POST' && example);
    let example = route.example as object | undefined;
    for (const [name, value] of route.method === 'PATCH' ? Object.entries(made?.example ?? {}) : []) {
      const more = { ...example, [name]: value };
      if (!name.endsWith('_id') && !isReadOnly(route, name) && route.body!.safeParse(more).success) example = more;
    }
    return { ...route, example };
  };
  const bodyOf = (state: string, route: Route): string | undefined => {
    const marked = markedBody(fullExample(route), mark(state, route)) as Record<string, unknown> | undefined;
    for (const [name, value] of Object.entries(known)) if (marked?.[name] !== undefined) marked[name] = value;
    return marked && JSON.stringify(marked);
  };
  const write = async (state: string, route: Route, isKeyed: boolean): Promise<[Route, Answer]> => {
    const client = PEOPLE_TAGS.includes(route.tag) ? person : api;
    const headers: Record<string, string> = isKeyed ? { 'idempotency-key': mark(state, route) } : {};
    return [route, await client.send(route.method, pathOf(route), bodyOf(state, route), headers)];
  };
  /**
   * Sends writes; those that take something away last. What failed has been logged when this is over.
   *
   * @returns which have not failed, and how
   */
  const writeAll = async (state: string, chosen: readonly Route[], isKeyed = false): Promise<[string, number][]> => {
    const answers: [Route, Answer][] = [];
    for (const some of [chosen.filter((route) => !isDelete(route)), chosen.filter(isDelete)]) {
      answers.push(...(await Promise.all(some.map((route) => write(state, route, isKeyed)))));
    }
    const failed = answers.filter(([, { status }]) => status >= 500);
    await eventually(() => {
      const all = logs().map(({ text }) => text);
      const isLogged = (id: string): boolean => all.some((text) => text.includes(id));
      expect(failed.filter(([, { headers }]) => !isLogged(headers.get('x-request-id')!))).toEqual([]);
    });
    return answers
      .filter((each) => !failed.includes(each))
      .map(([{ operationId }, { status }]) => [operationId, status]);
  };
  const isDelete = ({ method }: Route): boolean => method === 'DELETE';
  /** Those that write a row, whatever has become of it: what is over is not cancelled, and who looks up a link changes nothing. */
  const certain = writes.filter(
    ({ operationId }) => !['cancelReplay', 'cancelRedelivery', 'lookUpLink'].includes(operationId),
  );

  /** What was written by services, servers and whoever else. */
  const logs = (): { file: string; text: string }[] => {
    const directory = join(running.stack.dataDir, 'logs');
    return readdirSync(directory).map((file) => ({ file, text: readFileSync(join(directory, file), 'utf8') }));
  };
  const leaks = (state: string): string[] =>
    logs().flatMap(({ file, text }) => {
      const found = text.match(new RegExp(`${state}leak\\w+`, 'gi')) ?? [];
      return [...new Set(found)].map((each) => `${file}: ${each}`);
    });
  /** Tables of all services, but those without which nobody is let in. */
  const tables = `select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname in ('gateway', 'candidates', 'jobs', 'submissions', 'webhooks')
      and tablename not in ('migrations', 'plans', 'quota_usage', 'idempotency_keys')`;
  const forEach = (chosen: string, statement: string): Promise<unknown> =>
    superuser.query(`do $$ declare each record; begin
      for each in ${chosen} loop execute format('${statement}', each.name); end loop;
    end $$`);

  it('where the database refuses each row', async () => {
    await superuser.query(`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'refused'; end $$`);
    await forEach(tables, 'alter table %s add constraint refused check (false) not valid');
    await forEach(tables, 'create trigger refused before delete on %s for each row execute function public.refuse()');
    expect(await writeAll('refused', certain)).toEqual([]);
    await forEach(tables, 'drop trigger refused on %s');
    await forEach(tables, 'alter table %s drop constraint refused');
    const log = readFileSync(join(running.stack.dataDir, 'logs/postgres.log'), 'utf8');
    expect(log).toContain('violates check constraint "refused"');
    expect(leaks('refused')).toEqual([]);
  });

  it('where the database refuses the answer that is kept under a key', async () => {
    const keys = `select format('%I.%I', schemaname, tablename) as name from pg_tables where tablename = 'idempotency_keys'`;
    const keyed = certain.filter((route) => takesIdempotencyKey(route) && !PEOPLE_TAGS.includes(route.tag));
    await forEach(keys, 'alter table %s add constraint refused check (response is null) not valid');
    expect(await writeAll('unanswered', keyed, true)).toEqual([]);
    await forEach(keys, 'alter table %s drop constraint refused');
    expect(leaks('unanswered')).toEqual([]);
  });

  it('where the database refuses the event', async () => {
    const outboxes = `${tables} and tablename = 'outbox'`;
    const publishing = certain.filter(({ tag }) => ['Candidates', 'Jobs', 'Submissions'].includes(tag));
    await forEach(outboxes, 'alter table %s add constraint refused check (false) not valid');
    expect(await writeAll('unpublished', publishing)).toEqual([]);
    await forEach(outboxes, 'alter table %s drop constraint refused');
    expect(leaks('unpublished')).toEqual([]);
  });

  it('where the database is slow, and gives up', async () => {
    await superuser.query('begin');
    const { rows } = await superuser.query<{ name: string }>(tables);
    await superuser.query(`lock table ${rows.map(({ name }) => name).join(', ')} in share mode`);
    let isDone = false;
    const writing = writeAll('slow', certain).finally(() => (isDone = true));
    await eventually(async () => {
      await superuser.query(`select pg_cancel_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'`);
      expect(isDone).toBe(true);
    });
    await superuser.query('rollback');
    expect(await writing).toEqual([]);
    expect(leaks('slow')).toEqual([]);
  });

  it('where the database is away', async () => {
    await running.stack.postgres!.process.stop();
    expect(await writeAll('away', writes)).toEqual([]);
    expect(leaks('away')).toEqual([]);
    await running.stack.postgres!.process.start();
  });
});
