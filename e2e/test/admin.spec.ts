import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Account, account, type ApiToken, apiToken, TOKEN_SCOPES } from '@nexivo/contracts/accounts';
import { freePort } from '@nexivo/local/free-port';
import { repositoryRoot } from '@nexivo/local/paths';
import type { Person } from '@nexivo/contracts/users';
import { Api } from '@nexivo/testing/api';
import { PersonApi, secretOf } from '@nexivo/testing/person';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { type RunningStack, runStack } from './running-stack.js';

let running: RunningStack;
let natsUrl: string;

beforeAll(async () => {
  running = await runStack();
  natsUrl = running.stack.envOf('admin')['NATS_URL']!;
});
afterAll(() => running.stop());

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. */
const runProgram = (command: string, args: readonly string[], env: Record<string, string>): Promise<Ended> =>
  new Promise((resolve) => {
    const base = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
    execFile(command, args, { cwd: repositoryRoot, env: { ...base, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr });
    });
  });

const admin = (args: readonly string[], env: Record<string, string> = { NATS_URL: natsUrl }): Promise<Ended> =>
  runProgram(process.execPath, [join(repositoryRoot, 'apps/admin/dist/main.js'), ...args], env);

/** What a command that must succeed prints with `--json`: exactly one object on one line, and nothing else anywhere. */
async function adminJson<Printed>(...args: string[]): Promise<Printed> {
  const { code, stdout, stderr } = await admin([...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^\{.*\}\n$/);
  return JSON.parse(stdout) as Printed;
}

const createAccount = (...more: string[]): Promise<Account> =>
  adminJson('accounts', 'create', '--name', 'Acme', '--plan', 'enterprise', ...more);
const createToken = (accountId: string, ...more: string[]): Promise<ApiToken & { token: string }> =>
  adminJson('tokens', 'create', '--account', accountId, '--scopes', 'all', ...more);
const statusWith = async (token: string): Promise<number> =>
  (await new Api(running.origin, token).get('/candidates')).status;

describe('accounts', () => {
  it('are created with a name and a plan', async () => {
    const created = await createAccount();
    expect(account.parse(created)).toEqual(created);
    expect(created).toMatchObject({
      name: 'Acme',
      plan: 'enterprise',
      requests_per_minute: null,
      requests_per_day: null,
    });
  });

  it('change only what is given, and `default` takes an override away', async () => {
    const created = await createAccount();
    const changed = await adminJson<Account>('accounts', 'update', created.id, '--requests-per-minute', '7');
    expect(changed).toEqual({ ...created, requests_per_minute: 7 });
    const again = await adminJson<Account>(
      'accounts',
      'update',
      created.id,
      '--plan',
      'professional',
      '--requests-per-day',
      '9',
      '--requests-per-minute',
      'default',
    );
    expect(again).toEqual({ ...created, plan: 'professional', requests_per_day: 9 });
  });

  it('are printed for people without --json', async () => {
    const { code, stdout } = await admin(['accounts', 'create', '--name', 'Acme & Söhne', '--plan', 'starter']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Acme & Söhne/);
    expect(() => JSON.parse(stdout) as unknown).toThrow(SyntaxError);
  });

  it('on a plan without API access have tokens that are refused as such, until the plan is another', async () => {
    const { id } = await adminJson<Account>('accounts', 'create', '--name', 'Small', '--plan', 'starter');
    const { token } = await createToken(id);
    const refused = await new Api(running.origin, token).get('/candidates');
    expect([refused.status, refused.body.code]).toEqual([403, 'plan_without_api_access']);
    await adminJson('accounts', 'update', id, '--plan', 'professional');
    expect(await statusWith(token)).toBe(200);
  });
});

describe('tokens', () => {
  it('work at the gateway as soon as they are created, and no longer once they are revoked', async () => {
    const { id } = await createAccount();
    const created = await createToken(id, '--name', 'sync');
    expect(apiToken.parse(created)).toMatchObject({
      account_id: id,
      name: 'sync',
      scopes: TOKEN_SCOPES,
      expires_at: null,
    });
    expect(created.last_four).toBe(created.token.slice(-4));
    expect(await statusWith(created.token)).toBe(200);

    const revoked = await adminJson<ApiToken>('tokens', 'revoke', created.id);
    expect(revoked.revoked_at).not.toBeNull();
    expect(JSON.stringify(revoked)).not.toContain(created.token);
    expect(await statusWith(created.token)).toBe(401);

    const again = await adminJson<ApiToken>('tokens', 'revoke', created.id);
    expect(again.revoked_at).toBe(revoked.revoked_at);
  });

  it('have the scopes that were given and no others', async () => {
    const { id } = await createAccount();
    const { token, scopes } = await adminJson<ApiToken & { token: string }>(
      'tokens',
      'create',
      '--account',
      id,
      '--scopes',
      'candidates:read, jobs:read',
    );
    expect(scopes).toEqual(['candidates:read', 'jobs:read']);
    expect(await statusWith(token)).toBe(200);
    expect((await new Api(running.origin, token).get('/submissions')).status).toBe(403);
  });

  it('expire after the time that was given', async () => {
    const { id } = await createAccount();
    const before = Date.now();
    const { expires_at, token } = await createToken(id, '--expires-in', '30d');
    const lifetimeMs = Date.parse(expires_at!) - before;
    expect(lifetimeMs).toBeGreaterThanOrEqual(30 * 86_400_000);
    expect(lifetimeMs).toBeLessThan(30 * 86_400_000 + 60_000);
    expect(await statusWith(token)).toBe(200);
  });

  it('are refused once they have expired', async () => {
    const accountId = await running.operator.createAccount();
    const { token } = await running.operator.createToken(
      accountId,
      TOKEN_SCOPES,
      new Date(Date.now() - 1_000).toISOString(),
    );
    const refused = await new Api(running.origin, token).get('/candidates');
    expect([refused.status, refused.body.code]).toEqual([401, 'invalid_token']);
  });

  it('are shown to people once, with the advice to keep them', async () => {
    const { id } = await createAccount();
    const { stdout } = await admin(['tokens', 'create', '--account', id, '--scopes', 'all']);
    const [token] = /nxv_live_[0-9A-Za-z]{36}/.exec(stdout) ?? [];
    expect(await statusWith(token!)).toBe(200);
    expect(stdout).toMatch(/not shown again/);
  });
});

describe('people', () => {
  interface Link {
    url: string;
    email: string;
    expires_at: string;
  }

  it('are invited by a link that is valid once, and are listed, reset, disabled and signed out', async () => {
    const { id } = await createAccount();
    const email = `Olga.${id}@Example.com`;
    const invite = ['users', 'invite', '--account', id, '--email', email, '--role', 'owner'];
    const link = await adminJson<Link>(...invite);
    expect(link.url.startsWith(`${running.origin}/join#`)).toBe(true);
    const lifetimeMs = Date.parse(link.expires_at) - Date.now();
    expect(lifetimeMs).toBeLessThanOrEqual(86_400_000);
    expect(lifetimeMs).toBeGreaterThan(86_400_000 - 60_000);

    const person = new PersonApi(running.origin, email, 'a long phrase of mine');
    const accept = (url: string, password: string) =>
      person.post('/invitations/accept', { secret: secretOf(url), password, name: 'Olga' });
    expect((await accept(link.url, person.password)).status).toBe(201);
    expect((await accept(link.url, person.password)).status).toBe(410);
    expect((await person.get('/me')).body).toMatchObject({ role: 'owner', account: { id } });

    const { data } = await adminJson<{ data: Person[] }>('users', 'list', '--account', id);
    expect(data).toMatchObject([
      { email, name: 'Olga', disabled_at: null, memberships: [{ account_id: id, role: 'owner' }] },
    ]);
    const everybody = await adminJson<{ data: Person[] }>('users', 'list');
    expect(everybody.data.map((each) => each.email)).toContain(email);

    expect(await adminJson('sessions', 'revoke', email.toLowerCase())).toEqual({ ended: 1 });
    await eventually(async () => expect((await person.get('/me')).status).toBe(401), { withinMs: 1_000 });
    expect((await person.signIn()).status).toBe(201);

    const disabled = await adminJson<Person>('users', 'disable', email);
    expect(disabled.disabled_at).not.toBeNull();
    await eventually(async () => expect((await person.get('/me')).status).toBe(401), { withinMs: 1_000 });
    expect((await person.signIn()).status).toBe(401);
    expect((await adminJson<Person>('users', 'enable', email)).disabled_at).toBeNull();
    expect((await person.signIn()).status).toBe(201);

    const reset = await adminJson<Link>('users', 'reset', email);
    expect((await accept(reset.url, 'another phrase of mine')).status).toBe(201);
    expect((await person.signIn()).status).toBe(401);
    expect((await person.signIn('another phrase of mine')).status).toBe(201);

    const { data: entries } = await adminJson<{ data: { action: string }[] }>('audit', 'list', '--account', id);
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['invitation.created', 'user.joined', 'session.revoked', 'user.disabled', 'user.enabled']),
    );
    expect(JSON.stringify(entries)).not.toContain(secretOf(link.url));
  });

  it('are printed for people without --json, the link with the advice to hand it over now', async () => {
    const { id } = await createAccount();
    const args = ['users', 'invite', '--account', id, '--email', 'ann@example.com', '--role', 'viewer'];
    const { code, stdout } = await admin(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\/join#[\w-]{43}\n/);
    expect(stdout).toMatch(/not shown again/);
    const list = await admin(['users', 'list', '--account', id]);
    expect({ code: list.code, stdout: list.stdout }).toEqual({ code: 0, stdout: 'nobody\n' });
  });
});

describe('what is refused', () => {
  const UNKNOWN = '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e';

  it.each([
    ['an account that is unknown', ['accounts', 'update', UNKNOWN, '--plan', 'starter'], 'not_found'],
    [
      'a token for an account that is unknown',
      ['tokens', 'create', '--account', UNKNOWN, '--scopes', 'all'],
      'not_found',
    ],
    ['a token that is unknown', ['tokens', 'revoke', UNKNOWN], 'not_found'],
    ['an id that is none', ['tokens', 'revoke', 'x'], 'validation_failed'],
    [
      'an invitation to an account that is unknown',
      ['users', 'invite', '--account', UNKNOWN, '--email', 'a@example.com', '--role', 'owner'],
      'not_found',
    ],
    [
      'an e-mail address that is none',
      ['users', 'invite', '--account', UNKNOWN, '--email', 'a', '--role', 'owner'],
      'validation_failed',
    ],
    ['a reset for somebody who is unknown', ['users', 'reset', 'nobody@example.com'], 'not_found'],
    ['sessions of somebody who is unknown', ['sessions', 'revoke', 'nobody@example.com'], 'not_found'],
    ['a name that is blank', ['accounts', 'create', '--name', ' ', '--plan', 'starter'], 'validation_failed'],
  ])('ends with 1 and says why, as one JSON object where that was asked for: %s', async (_, args, code) => {
    const asJson = await admin([...args, '--json']);
    expect({ code: asJson.code, stderr: asJson.stderr }).toEqual({ code: 1, stderr: '' });
    expect(asJson.stdout).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ error: { code, detail: expect.any(String) } });

    const forPeople = await admin(args);
    expect({ code: forPeople.code, stdout: forPeople.stdout }).toEqual({ code: 1, stdout: '' });
    expect(forPeople.stderr).toMatch(/\w/);
    expect(forPeople.stderr).not.toMatch(/\n\s+at /);
  });

  it('ends with 1 within five seconds when nothing listens at NATS_URL', async () => {
    const startedAt = performance.now();
    const NATS_URL = `nats://admin:secret@127.0.0.1:${await freePort()}`;
    const { code, stderr } = await admin(['tokens', 'revoke', UNKNOWN], { NATS_URL });
    expect(code).toBe(1);
    expect(stderr).toMatch(/bus/i);
    expect(stderr).not.toContain('secret');
    expect(performance.now() - startedAt).toBeLessThan(scaled(5_000));
  });

  it('ends with 1 when the password is wrong, and does not print it', async () => {
    const { code, stderr } = await admin(['tokens', 'revoke', UNKNOWN], {
      NATS_URL: natsUrl.replace(/:[^:@]+@/, ':wrong-one@'),
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/\w/);
    expect(stderr).not.toContain('wrong-one');
  });

  it('ends with 1 when NATS_URL is missing, and names it', async () => {
    const { code, stderr } = await admin(['tokens', 'revoke', UNKNOWN], {});
    expect(code).toBe(1);
    expect(stderr).toMatch(/NATS_URL: is missing/);
  });

  it('takes NATS_URL from a file, and names a file that cannot be read', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'nexivo-secrets-')), 'nats-url');
    writeFileSync(file, `${natsUrl}\n`);
    expect(await admin(['accounts', 'list'], { NATS_URL_FILE: file })).toMatchObject({ code: 0 });
    rmSync(dirname(file), { recursive: true });
    const { code, stderr } = await admin(['accounts', 'list'], { NATS_URL_FILE: file });
    expect(code).toBe(1);
    expect(stderr).toContain(`NATS_URL_FILE: cannot be read (ENOENT, ${file})`);
  });
});

describe('wrong usage', () => {
  it.each([
    ['no command', []],
    ['a command that is unknown', ['companies']],
    ['a subcommand that is unknown', ['accounts', 'erase']],
    ['an option that is unknown', ['accounts', 'create', '--name', 'A', '--plan', 'starter', '--colour', 'red']],
    ['a missing option', ['accounts', 'create', '--name', 'A']],
    ['a missing argument', ['tokens', 'revoke']],
    ['a plan that is unknown', ['accounts', 'create', '--name', 'A', '--plan', 'gold']],
    ['a role that is unknown', ['users', 'invite', '--account', 'x', '--email', 'a@example.com', '--role', 'boss']],
    ['a scope that no token may have', ['tokens', 'create', '--account', 'x', '--scopes', 'users:write']],
    ['a scope that is unknown', ['tokens', 'create', '--account', 'x', '--scopes', 'candidates']],
    ['a duration that is none', ['tokens', 'create', '--account', 'x', '--scopes', 'all', '--expires-in', 'soon']],
    ['a quota that is none', ['accounts', 'update', 'x', '--requests-per-day', '0']],
  ])('ends with 2 and says so on standard error alone: %s', async (_, args) => {
    const { code, stdout, stderr } = await admin(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/\w/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('is not asking for help, which ends with 0 and needs no stack', async () => {
    for (const args of [['--help'], ['tokens', 'create', '--help']]) {
      const { code, stdout } = await admin(args, {});
      expect(code).toBe(0);
      expect(stdout).toMatch(/Usage: admin/);
    }
  });
});

const npmRun = (dataDir: string): Promise<Ended> =>
  runProgram(
    'npm',
    ['run', '--silent', 'admin', '--', 'accounts', 'create', '--name', 'Acme', '--plan', 'enterprise', '--json'],
    { DATA_DIR: dataDir },
  );

describe('npm run admin', () => {
  it('finds the stack by its data directory, and prints one JSON object and nothing else', async () => {
    const { code, stdout } = await npmRun(running.stack.dataDir);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\{.*\}\n$/);
    expect(account.safeParse(JSON.parse(stdout)).success).toBe(true);
  });

  it('ends with 2 and says what to do where no stack runs', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'nexivo-empty-'));
    try {
      const { code, stdout, stderr } = await npmRun(empty);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/npm start/);
    } finally {
      rmSync(empty, { recursive: true, force: true });
    }
  });
});
