import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Route } from '@nexivo/contracts/route';
import { routes } from '@nexivo/contracts/routes';
import { Api } from '@nexivo/testing/api';
import { joinAs, type PersonApi } from '@nexivo/testing/person';
import { eventually } from '@nexivo/testing/poll';
import pg from 'pg';
import { startProxy } from './health-checking-proxy.js';
import { markedBody } from './marked-bodies.js';
import { startReplica } from './replica.js';
import { type RunningStack, runStack } from './running-stack.js';
import { startTraffic } from './traffic.js';

let running: RunningStack;
let api: Api;
let person: PersonApi;
let superuser: pg.Client;
/** By the parameters of paths. */
const existing: Record<string, string> = {};

beforeAll(async () => {
  running = await runStack({ autoRestart: false, env: { SHUTDOWN_DELAY_S: '2' } });
  const accountId = await running.operator.createAccount();
  api = await running.client({ accountId });
  person = (await joinAs(running.origin, running.operator, accountId, 'owner')).api;
  existing['candidate_id'] = (await api.post('/candidates', JANE)).body.id;
  existing['job_id'] = (await api.post('/jobs', { title: 'Engineer' })).body.id;
  const submission = { candidate_id: existing['candidate_id'] };
  existing['submission_id'] = (await api.post(`/jobs/${existing['job_id']}/submissions`, submission)).body.id;
  const webhook = { url: 'https://receiver.invalid/', events: ['*'] };
  existing['webhook_id'] = (await api.post('/webhooks', webhook)).body.id;
  existing['token_id'] = (await person.post('/tokens', { name: 'a', scopes: ['jobs:read'] })).body.id;
  existing['user_id'] = (await joinAs(running.origin, running.operator, accountId, 'viewer')).id;
  const url = new URL(running.stack.postgres!.url);
  url.pathname = '/nexivo';
  superuser = new pg.Client({ connectionString: url.href });
  superuser.on('error', () => undefined);
  await superuser.connect();
});
afterAll(() => running.stop());

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
  const pathOf = (route: Route): string =>
    route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => existing[name] ?? existing['job_id']!);
  const write = async (state: string, route: Route): Promise<[string, number]> => {
    const client = PEOPLE_TAGS.includes(route.tag) ? person : api;
    const body = markedBody(route, mark(state, route));
    const { status } = await client.send(route.method, pathOf(route), body && JSON.stringify(body));
    return [route.operationId, status];
  };
  const writeAll = async (state: string): Promise<Record<string, number>> =>
    Object.fromEntries(await Promise.all(writes.map((route) => write(state, route))));

  /** What was written by services, servers and whoever else, with the names of the files. */
  const leaks = (state: string): string[] => {
    const logs = join(running.stack.dataDir, 'logs');
    return readdirSync(logs).flatMap((file) => {
      const found = readFileSync(join(logs, file), 'utf8').match(new RegExp(`${state}leak\\w+`, 'gi')) ?? [];
      return [...new Set(found)].map((each) => `${file}: ${each}`);
    });
  };
  /** Tables of all services, but those without which nobody is let in. */
  const tables = `select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname in ('gateway', 'candidates', 'jobs', 'submissions', 'webhooks')
      and tablename not in ('migrations', 'plans', 'quota_usage', 'idempotency_keys')`;

  it('where the database refuses each row', async () => {
    await superuser.query(`do $$ declare each record; begin
      for each in ${tables} loop
        execute format('alter table %s add constraint refused check (false) not valid', each.name);
      end loop;
    end $$`);
    const statuses = await writeAll('refused');
    expect(statuses).toMatchObject({ createCandidate: 500, createJob: 500, createWebhook: 500, updateMe: 500 });
    const log = readFileSync(join(running.stack.dataDir, 'logs/postgres.log'), 'utf8');
    expect(log).toContain('violates check constraint "refused"');
    expect(leaks('refused')).toEqual([]);
  });

  it('where the database is slow, and gives up', async () => {
    await superuser.query('begin');
    const { rows } = await superuser.query<{ name: string }>(tables);
    await superuser.query(`lock table ${rows.map(({ name }) => name).join(', ')} in share mode`);
    let isDone = false;
    const writing = writeAll('slow').finally(() => (isDone = true));
    await eventually(async () => {
      await superuser.query(`select pg_cancel_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'`);
      expect(isDone).toBe(true);
    });
    await superuser.query('rollback');
    expect((await writing)['createCandidate']).toBe(500);
    expect(leaks('slow')).toEqual([]);
  });

  it('where the database is away', async () => {
    await running.stack.postgres!.process.stop();
    const statuses = await writeAll('away');
    expect(statuses).toMatchObject({ createCandidate: 503, createJob: 503, createWebhook: 503 });
    expect(leaks('away')).toEqual([]);
    await running.stack.postgres!.process.start();
  });
});
