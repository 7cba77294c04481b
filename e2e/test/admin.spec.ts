import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Account, account, type ApiToken, apiToken, SCOPES } from '@nexivo/contracts/accounts';
import { freePort } from '@nexivo/local/free-port';
import { repositoryRoot } from '@nexivo/local/paths';
import { Api } from '@nexivo/testing/api';
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
    expect(apiToken.parse(created)).toMatchObject({ account_id: id, name: 'sync', scopes: SCOPES, expires_at: null });
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
    const { token } = await running.operator.createToken(accountId, SCOPES, new Date(Date.now() - 1_000).toISOString());
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
