import { spawnSync } from 'node:child_process';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BASE_PATH } from '@nexivo/contracts/route';
import { defaultAppsDir, machineEnv, serviceNames } from '@nexivo/local/services';
import { Api } from '@nexivo/testing/api';
import { findLeaks, secretsOf } from '@nexivo/testing/leaks';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { type RunningStack, runStack } from './running-stack.js';

const UNKNOWN_ID = '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e';
const ACTOR = { type: 'operator', id: `${userInfo().username}@${hostname()}` };
const ONE_MINUTE_MS = 60_000;

let running: RunningStack;
/** Every token that any test of this file has made. */
const shown: string[] = [];
/** All that the command line printed, without the one token that an answer may show. */
const printed: string[] = [];

beforeAll(async () => {
  running = await runStack({ autoRestart: false });
});
afterAll(() => running.stop());

interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the operators' program as a process. */
function run(...args: string[]): Outcome {
  const script = join(defaultAppsDir, 'admin/dist/main.js');
  const env = { ...machineEnv(), ...running.stack.envOf('admin') };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { env, encoding: 'utf8' });
  const [, token] = /"token":"(nxv_live_\w+)"/.exec(stdout) ?? [];
  if (token) shown.push(token);
  printed.push(token ? stdout.replace(token, '') : stdout, stderr);
  return { status, stdout, stderr };
}

/** The one object that `--json` prints; `expected` is the exit code. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into whatever came back
function admin(expected: 0 | 1 | 2, ...args: string[]): any {
  const { status, stdout, stderr } = run(...args, '--json');
  if (status !== expected) throw new Error(`${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(stdout);
}

const newAccount = (): string => admin(0, 'accounts', 'create', '--name', 'Acme', '--plan', 'enterprise').id;
const newToken = (account: string, ...more: string[]): { id: string; token: string } =>
  admin(0, 'tokens', 'create', '--account', account, '--scopes', 'jobs:read', ...more);
const statusOf = async (token: string, path = '/jobs'): Promise<number> =>
  (await new Api(running.origin, token).get(path)).status;

describe('the command line', () => {
  it('lists and shows accounts and tokens, and never what opens the door', () => {
    const account = newAccount();
    const { token, ...made } = newToken(account, '--name', 'ci', '--expires-in', '30d');
    expect(admin(0, 'accounts', 'show', account)).toMatchObject({ id: account, plan: 'enterprise' });
    expect(admin(0, 'accounts', 'list').data).toContainEqual(expect.objectContaining({ id: account }));
    expect(admin(0, 'tokens', 'list', '--account', account)).toEqual({ data: [made] });
    expect(Object.keys(made)).not.toContain('digest');
    expect(made).toMatchObject({ prefix: token.slice(0, 13), last_four: token.slice(-4), created_by: ACTOR });
  });

  it('lists accounts by plan and name in parts, says where to go on, and leaves tokens out that are not valid', () => {
    const name = `Parts ${Date.now()}`;
    const [first, second] = [1, 2].map(() => admin(0, 'accounts', 'create', '--name', name, '--plan', 'starter').id);
    const list = (...more: string[]) => admin(0, 'accounts', 'list', '--name', name.toLowerCase(), ...more);
    expect(list('--limit', '1')).toMatchObject({ data: [{ id: first }], next: first });
    expect(run('accounts', 'list', '--name', name, '--limit', '1').stdout).toContain(`more: --after ${first}`);
    expect(list('--after', first, '--plan', 'starter')).toEqual({ data: [expect.objectContaining({ id: second })] });
    expect(list('--plan', 'enterprise')).toEqual({ data: [] });
    const account = newAccount();
    const [valid, revoked] = [newToken(account), newToken(account)];
    admin(0, 'tokens', 'revoke', revoked.id);
    expect(admin(0, 'tokens', 'list', '--account', account, '--valid').data).toMatchObject([{ id: valid.id }]);
  });

  it('changes all accounts of a plan at once', () => {
    const { id } = admin(0, 'accounts', 'create', '--name', 'Acme', '--plan', 'starter');
    const { updated } = admin(0, 'accounts', 'update-all', '--of-plan', 'starter', '--requests-per-day', '70');
    expect(updated).toBeGreaterThan(0);
    expect(admin(0, 'accounts', 'show', id)).toMatchObject({ plan: 'starter', requests_per_day: 70 });
    admin(0, 'accounts', 'update-all', '--of-plan', 'starter', '--requests-per-day', 'default');
    expect(admin(0, 'accounts', 'show', id)).toMatchObject({ requests_per_day: null });
  });

  it('rotates: both tokens work during the overlap, then the new one alone', async () => {
    const old = newToken(newAccount());
    const { token, predecessor } = admin(0, 'tokens', 'rotate', old.id, '--overlap', `${Math.ceil(scaled(10))}s`);
    expect(await Promise.all([statusOf(old.token), statusOf(token)])).toEqual([200, 200]);
    await eventually(async () => expect(await statusOf(old.token)).toBe(401), { withinMs: 20_000 });
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(predecessor.expires_at));
    await expect(statusOf(token)).resolves.toBe(200);
  });

  it('rotates with a day of overlap unless told, and with none at once', async () => {
    const old = newToken(newAccount());
    const next = admin(0, 'tokens', 'rotate', old.id);
    const overlapMs = Date.parse(next.predecessor.expires_at) - Date.parse(next.created_at);
    expect(Math.abs(overlapMs - 24 * 60 * ONE_MINUTE_MS)).toBeLessThan(scaled(1_000));
    const last = admin(0, 'tokens', 'rotate', next.id, '--overlap', '0m');
    expect(await Promise.all([old, next, last].map(({ token }) => statusOf(token)))).toEqual([200, 401, 200]);
    expect(admin(1, 'tokens', 'rotate', next.id).error).toMatchObject({ code: 'validation_failed' });
  });

  it('changes scopes for the very next request', async () => {
    const { id, token } = newToken(newAccount());
    expect([await statusOf(token), await statusOf(token, '/candidates')]).toEqual([200, 403]);
    admin(0, 'tokens', 'update', id, '--scopes', 'candidates:read', '--name', 'nightly');
    expect([await statusOf(token), await statusOf(token, '/candidates')]).toEqual([403, 200]);
  });

  it('takes an override of a quota away with `default`, and an expiry with `never`', () => {
    const account = newAccount();
    const overridden = admin(
      0,
      'accounts',
      'update',
      account,
      '--requests-per-minute',
      '7',
      '--requests-per-day',
      '70',
    );
    expect(overridden).toMatchObject({ requests_per_minute: 7, requests_per_day: 70 });
    const usual = admin(0, 'accounts', 'update', account, '--requests-per-minute', 'default');
    expect(usual).toMatchObject({ requests_per_minute: null, requests_per_day: 70 });
    const { id } = newToken(account, '--expires-in', '90s');
    expect(admin(0, 'tokens', 'update', id, '--expires-in', 'never').expires_at).toBeNull();
  });

  it('shows who did what from where, newest first, for an account or a token', () => {
    const account = newAccount();
    const { id } = newToken(account);
    admin(0, 'tokens', 'update', id, '--scopes', 'all');
    admin(0, 'tokens', 'update', id, '--name', 'nightly');
    admin(0, 'tokens', 'rotate', id);
    admin(0, 'tokens', 'revoke', id);
    admin(0, 'accounts', 'update', account, '--plan', 'professional', '--requests-per-minute', '7');
    const { data } = admin(0, 'audit', 'list', '--account', account);
    expect(data.map(({ action }: { action: string }) => action)).toEqual([
      'account.quota_changed',
      'account.plan_changed',
      'token.revoked',
      'token.created',
      'token.rotated',
      'token.updated',
      'token.scopes_changed',
      'token.created',
      'account.created',
    ]);
    for (const entry of data) expect(entry).toMatchObject({ actor: ACTOR, address: '127.0.0.1', account_id: account });
    expect(data[0].details).toEqual({ before: { requests_per_minute: null }, after: { requests_per_minute: 7 } });
    expect(admin(0, 'audit', 'list', '--token', id, '--limit', '2').data).toEqual([data[2], data[4]]);
    const { stdout } = run('audit', 'list', '--account', account);
    expect(stdout).toContain(`account.plan_changed  operator:${ACTOR.id} from 127.0.0.1`);
  });

  it.each([
    [['tokens', 'create', '--scopes', 'all'], '--account'],
    [['tokens', 'create', '--account', UNKNOWN_ID, '--scopes', 'jobs:fly'], 'jobs:fly'],
    [['tokens', 'list'], '--account'],
    [['accounts', 'update-all', '--of-plan', 'starter'], 'nothing to change'],
    [['tokens', 'update', UNKNOWN_ID], 'nothing to change'],
    [['tokens', 'update', UNKNOWN_ID, '--expires-in', '0d'], 'never'],
    [['tokens', 'rotate'], 'id'],
    [['tokens', 'rotate', UNKNOWN_ID, '--overlap', 'soon'], 'duration'],
    [['tokens', 'rotate', UNKNOWN_ID, '--overlap', '366d'], '365d'],
    [['audit', 'list', '--limit', '0'], 'whole number'],
    [['audit', 'list', '--since', 'x'], '--since'],
    [['audit', 'burn'], 'burn'],
    [['audit'], 'command'],
    [[], 'command'],
  ])('answers wrong usage with 2 and, with --json, an object that says what: %j', (args, hint) => {
    const { error } = admin(2, ...args);
    expect(error).toEqual({ code: 'usage', detail: expect.stringContaining(hint) });
    expect(run(...args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/error|Usage/) });
  });

  it.each([
    [['accounts', 'show', UNKNOWN_ID], 'not_found'],
    [['tokens', 'list', '--account', UNKNOWN_ID], 'not_found'],
    [['tokens', 'update', UNKNOWN_ID, '--name', 'x'], 'not_found'],
    [['tokens', 'rotate', UNKNOWN_ID], 'not_found'],
    [['accounts', 'show', 'acme'], 'validation_failed'],
    [['audit', 'list', '--token', 'x'], 'validation_failed'],
  ])('answers a refusal with 1 and its code: %j', (args, code) => {
    expect(admin(1, ...args).error).toMatchObject({ code });
  });
});

it('no token is at rest anywhere: not in a log, a file, or a table of any service', async () => {
  const account = newAccount();
  const live = newToken(account);
  const revoked = newToken(account);
  admin(0, 'tokens', 'revoke', revoked.id);
  const rotated = admin(0, 'tokens', 'rotate', newToken(account).id, '--overlap', '0m');
  const all = newToken(account, '--scopes', 'all');
  const { token } = all;
  const api = new Api(running.origin, token);
  const everywhere = encodeURIComponent(token);
  const answers = [
    await api.post('/candidates', { first_name: 'A', last_name: 'B', email: 'a@example.com' }),
    await api.post('/candidates', { first_name: 'A' }),
    await api.post('/candidates', '{"first_name": '),
    await api.get(`/candidates?stauts=${everywhere}`),
    await api.get(`/candidates/${everywhere}`),
    await api.send('PUT', `/jobs?access_token=${everywhere}`),
    await api.send('GET', '/nowhere', undefined, { 'x-request-id': 'no-secret-here' }),
    await new Api(running.origin, live.token).get('/candidates'),
    await new Api(running.origin, revoked.token).get('/jobs'),
    await new Api(running.origin, rotated.token).get('/jobs'),
    // The checksum is wrong, all the rest is right.
    await new Api(running.origin, `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`).get('/jobs'),
    await new Api(running.origin, undefined).send('GET', '/jobs', undefined, { authorization: token }),
    await new Api(running.origin, undefined).send('GET', '/jobs', undefined, { authorization: `Basic ${token}` }),
  ];
  running.stack.services.candidates.kill('SIGKILL');
  await eventually(async () => {
    const answer = await api.get('/candidates');
    answers.push(answer);
    expect(answer.status).toBe(503);
  });
  await running.stack.postgres!.process.stop();
  answers.push(await api.get('/jobs'));
  await running.stack.postgres!.process.start();
  await running.stack.services.candidates.start();
  await eventually(async () => expect(await statusOf(token, '/candidates')).toBe(200));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 201, 400, 401, 403, 404, 405, 503]));

  const { stack } = running;
  const places = {
    directories: [stack.dataDir],
    databaseUrls: serviceNames.map((name) => stack.envOf(name)['DATABASE_URL']!),
  };
  // What is looked for is found where it is: an id in a table, a path in a log.
  const [planted, path] = [admin(0, 'accounts', 'create', '--name', 'Plantation', '--plan', 'starter'), BASE_PATH];
  expect(planted.name).toBe('Plantation');
  const found = await findLeaks({ ...places, secrets: ['Plantation', path] });
  expect(found).toEqual(expect.arrayContaining(['gateway.accounts', 'gateway.audit_log']));
  expect(found.some((place) => place.endsWith('logs/gateway.log'))).toBe(true);

  const secrets = secretsOf(shown);
  expect(secrets.length).toBeGreaterThan(20);
  await expect(findLeaks({ ...places, secrets })).resolves.toEqual([]);
  // Nor did an error quote one, or the command line print one a second time.
  const said = [...printed, ...answers.map(({ body }) => JSON.stringify(body))].join('\n');
  expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
});
