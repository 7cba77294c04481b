import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Demo } from '../src/demo.js';
import { readEnvFile } from '../src/env-files.js';
import { freePort } from '../src/free-port.js';
import { isAlive } from '../src/process-table.js';
import { startStack, type Stack, type StackOptions } from '../src/stack.js';
import { waitUntil } from '../src/wait.js';
import {
  fakeApps,
  processesMentioning,
  quickSettings,
  removeTemporaryDirectories,
  startProcess,
  temporaryDirectory,
} from './support.js';

const appsDir = fakeApps();
const stacks: Stack[] = [];
const pids: number[] = [];

async function start(dataDir: string, options: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack({ dataDir, appsDir, postgresSettings: quickSettings, ...options });
  stacks.push(stack);
  return stack;
}

async function startAsProcess(...args: Parameters<typeof startProcess>): ReturnType<typeof startProcess> {
  const started = await startProcess(...args);
  pids.push(started.child.pid ?? 0);
  return started;
}

async function nothingLeft(dataDir: string): Promise<void> {
  await waitUntil(`the end of everything in ${dataDir}`, () => processesMentioning(dataDir).length === 0);
}

function demoOf(dataDir: string): Demo {
  return JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as Demo;
}

afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.stop();
  for (const pid of pids.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
});
afterAll(removeTemporaryDirectories);

describe('startStack', () => {
  test('two run side by side, each service told only its own part, and stop without a trace', async () => {
    const [one, two] = await Promise.all([start(temporaryDirectory()), start(temporaryDirectory())]);
    expect(one.baseUrl).not.toBe(two.baseUrl);
    const told = (await (await fetch(one.baseUrl)).json()) as Record<string, string>;
    expect(told).toMatchObject(one.envOf('gateway'));
    expect(told['TOKEN_PEPPERS']).toMatch(/^1:[A-Za-z0-9+/]{43}=$/);
    const addresses = ['PORT', 'HOST', 'HEALTH_PORT', 'HEALTH_HOST'];
    const allowed = ['DATABASE_URL', 'NATS_URL', ...addresses, 'TOKEN_PEPPERS', 'LOG_LEVEL', 'PATH', 'HOME', 'TMPDIR'];
    const extra = [
      'NODE_EXTRA_CA_CERTS',
      'NODE_CHANNEL_FD',
      'NODE_CHANNEL_SERIALIZATION_MODE',
      'MALLOC_MMAP_THRESHOLD_',
    ];
    expect([...allowed, ...extra]).toEqual(expect.arrayContaining(Object.keys(told)));
    expect(one.envOf('webhooks')['WEBHOOK_SECRET_KEYS']).toMatch(/^1:[A-Za-z0-9+/]{43}=$/);
    expect(one.envOf('webhooks')['WEBHOOK_SECRET_KEYS']).not.toBe(two.envOf('webhooks')['WEBHOOK_SECRET_KEYS']);
    await Promise.all([one.stop(), two.stop()]);
    await nothingLeft(one.dataDir);
    await nothingLeft(two.dataDir);
  });

  test('writes environment files from which a shell and node start one more replica', async () => {
    const stack = await start(temporaryDirectory(), { env: { CORS_ORIGINS: 'https://a.example https://b.example' } });
    const file = join(stack.dataDir, 'env/candidates.env');
    const print = 'process.stdout.write(JSON.stringify(process.env))';
    const byShell = execFileSync('sh', ['-c', `set -a; . "$1"; exec "$2" -e '${print}'`, 'sh', file, process.execPath]);
    const byNode = execFileSync(process.execPath, [`--env-file=${file}`, '-e', print], { env: {} });
    expect(JSON.parse(String(byShell))).toMatchObject(stack.envOf('candidates'));
    expect(JSON.parse(String(byNode))).toMatchObject(stack.envOf('candidates'));
    expect(readEnvFile(stack.dataDir, 'candidates')).toEqual(stack.envOf('candidates'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(stack.dataDir, 'env')).mode & 0o777).toBe(0o700);
    await stack.stop();
    expect(existsSync(file)).toBe(false);
    expect(readEnvFile(stack.dataDir, 'candidates')).toBeUndefined();
  });

  test("tells the operators' program of the bus and of no database", async () => {
    const stack = await start(temporaryDirectory());
    expect(readEnvFile(stack.dataDir, 'admin')).toEqual({ NATS_URL: stack.envOf('admin')['NATS_URL'] });
    await stack.stop();
  });

  test('a part can be killed, stopped and started alone', async () => {
    const stack = await start(temporaryDirectory(), { autoRestart: false });
    const { candidates, jobs } = stack.services;
    candidates.kill('SIGKILL');
    await waitUntil('its end', () => candidates.pid === undefined);
    await candidates.start();
    await jobs.restart();
    await stack.nats?.process.restart();
    await stack.postgres?.process.restart();
    expect(candidates.pid && jobs.pid).toBeTruthy();
  });

  test('a service that fails at its start is named with its last words, and nothing stays', async () => {
    const dataDir = temporaryDirectory();
    const failing = start(dataDir, { env: { FAKE_FAILURE: 'webhooks' } });
    await expect(failing).rejects.toThrow(
      /webhooks did not start: it exited with code 3\nwebhooks has a reason to fail/,
    );
    await nothingLeft(dataDir);
    await start(dataDir);
  });
});

describe('npm start', () => {
  test('is refused in a directory in use, naming the pid, and on a port in use, leaving nothing', async () => {
    const dataDir = temporaryDirectory();
    const first = await startAsProcess(dataDir, { appsDir });
    await first.ready();
    const second = await startAsProcess(dataDir, { appsDir });
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`in use by a stack with pid ${first.child.pid};`);

    const elsewhere = temporaryDirectory();
    const third = await startAsProcess(elsewhere, { appsDir, port: first.port });
    expect(await third.exited).toBe(1);
    expect(third.output().trim()).toBe(
      `port ${first.port} is already in use; stop what listens there or choose another with PORT=…`,
    );
    await nothingLeft(elsewhere);
    first.child.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    await nothingLeft(dataDir);
  });

  test('makes the demo account once, and anew with --fresh, which deletes only what is its own', async () => {
    const dataDir = temporaryDirectory();
    writeFileSync(join(dataDir, 'notes.txt'), 'not ours');
    const first = await startAsProcess(dataDir, { appsDir });
    await first.ready();
    const { owner, ...demo } = demoOf(dataDir);
    expect(demo).toEqual({ accountId: 'acc_demo', token: 'token of acc_demo' });
    expect(owner).toEqual({
      email: expect.stringMatching(/^owner-[0-9a-f]{6}@demo\.example$/),
      password: expect.stringMatching(/^[\w-]{16}$/),
    });
    expect(first.output()).toContain('token of acc_demo');
    // What a step waits for is seen while it waits.
    expect(first.output()).toMatch(/fake: waits for a moment\n[^]*✓ migrations/);
    expect(first.output()).toContain(`Sign in  ${owner.email} / ${owner.password}`);
    expect(statSync(join(dataDir, 'demo.json')).mode & 0o777).toBe(0o600);
    writeFileSync(join(dataDir, 'demo.json'), '{ "accountId": "kept", "token": "kept" }');
    const secrets = readFileSync(join(dataDir, 'secrets.json'), 'utf8');
    first.child.kill('SIGINT');
    expect(await first.exited).toBe(0);

    const second = await startAsProcess(dataDir, { appsDir, args: ['--fresh', '--dev'] });
    await second.ready();
    expect(demoOf(dataDir)).toMatchObject({ accountId: 'acc_demo' });
    expect(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).not.toBe(secrets);
    expect(existsSync(join(dataDir, 'notes.txt'))).toBe(true);
    expect(readFileSync(join(dataDir, 'env/webhooks.env'), 'utf8')).toContain('ALLOW_INSECURE_WEBHOOK_TARGETS=true');
    second.child.kill('SIGTERM');
    await second.exited;
  });

  test('gives an owner to the demo account of an earlier release, and keeps the rest', async () => {
    const dataDir = temporaryDirectory();
    writeFileSync(join(dataDir, 'demo.json'), '{ "accountId": "kept", "token": "kept token" }');
    const started = await startAsProcess(dataDir, { appsDir });
    await started.ready();
    expect(demoOf(dataDir)).toMatchObject({
      accountId: 'kept',
      token: 'kept token',
      owner: { email: expect.any(String) },
    });
    expect(started.output()).toContain('kept token');
    started.child.kill('SIGTERM');
    expect(await started.exited).toBe(0);
  });

  test('killed with -9 it takes everything with it, and the next start recovers', async () => {
    const dataDir = temporaryDirectory();
    const first = await startAsProcess(dataDir, { appsDir });
    await first.ready();
    first.child.kill('SIGKILL');
    await first.exited;
    await nothingLeft(dataDir);

    const second = await startAsProcess(dataDir, { appsDir });
    await second.ready();
    expect(second.output()).toContain('token of acc_demo');
    second.child.kill('SIGTERM');
    expect(await second.exited).toBe(0);
    await nothingLeft(dataDir);
  });

  test('stopped in the middle of its start it leaves nothing', async () => {
    const dataDir = temporaryDirectory();
    const started = await startAsProcess(dataDir, { appsDir });
    await waitUntil('the first step', () => started.output().includes('✓ postgres'));
    started.child.kill('SIGINT');
    expect(await started.exited).toBe(1);
    await nothingLeft(dataDir);
  });
});

test('freePort never gives out the same port twice', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort));
  expect(new Set(ports).size).toBe(50);
  const server = createServer().listen(ports[0], '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  await new Promise((done) => server.close(done));
});
