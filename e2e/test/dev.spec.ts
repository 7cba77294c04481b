import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Api, connectOperator } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { attachDebugger } from './debugger.js';
import { type DevProcess, startDev } from './dev-process.js';

jest.setTimeout(scaled(600_000));

/** How often each change is measured; on an idle machine it is in the stack within 3 s, one in the contracts within 6 s. */
const rounds = Number(process.env['DEV_ROUNDS'] ?? 1);
const patience = { withinMs: 60_000 };

const service = 'apps/candidates/src/candidates.service.ts';
const contracts = 'packages/contracts/src/pagination.ts';
const line = 'return this.reader.get(accountId, id);';

let dev: DevProcess;
let api: Api;
let id: string;

beforeAll(async () => {
  dev = await startDev('--inspect=candidates');
  await eventually(() => expect(dev.output()).toContain('is ready'), { withinMs: 120_000 });
  const operator = await connectOperator(
    parseEnv(readFileSync(join(dev.dataDir, 'env/admin.env'), 'utf8'))['NATS_URL']!,
  );
  // Its account has quotas that polling cannot use up.
  api = new Api(dev.origin, (await operator.createToken(await operator.createAccount())).token);
  await operator.close();
  id = (await api.post('/candidates', { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' })).body.id;
  // The first look at all types shares the cores with whatever else there is; no test is about how long it takes.
  await eventually(() => expect(dev.output()).toContain('types: no errors'), { withinMs: 300_000 });
});
afterAll(() => dev.remove(), scaled(60_000));

/** What the service answers in a member that the test has it fill. */
const sourceOf = async (): Promise<unknown> => (await api.get(`/candidates/${id}`)).body.source;
const answering = (source: string): string =>
  `return this.reader.get(accountId, id).then((reply) => Object.assign(reply, { body: { ...JSON.parse(reply.body.text), source: '${source}' } }));`;

/** Waits until a service has been restarted, since this call, for a change of a file. */
function restartOf(name: string, file: string): () => Promise<void> {
  const outputBefore = dev.output().length;
  const printed = new RegExp(`^${name}: restarted in .*${file}`, 'm');
  return () => eventually(() => expect(dev.output().slice(outputBefore)).toMatch(printed), patience);
}

/** Seconds until the stack shows a change. */
async function secondsUntil(isShown: () => Promise<void>): Promise<string> {
  const startedAt = performance.now();
  await eventually(isShown, patience);
  return ((performance.now() - startedAt) / 1000).toFixed(2);
}

const printed = (what: string, seconds: readonly string[]): void =>
  void process.stdout.write(`${what}: ${seconds.join(' ')} s\n`);

it('a change in a service is soon in the stack, whose other processes and data stay', async () => {
  const before = dev.pidsBeside('candidates');
  // Three services, the gateway, Postgres and NATS.
  expect(Object.keys(before).length).toBeGreaterThanOrEqual(6);
  const seconds: string[] = [];
  let current = line;
  for (let round = 0; round < rounds; round += 1) {
    const next = answering(`round ${round}`);
    const restarted = restartOf('candidates', service);
    dev.change(service, current, next);
    seconds.push(await secondsUntil(async () => expect(await sourceOf()).toBe(`round ${round}`)));
    current = next;
    await restarted();
  }
  printed('a change in a service was shown after', seconds);
  expect(dev.output()).toContain(`s (${service})`);
  expect(dev.output()).not.toMatch(/^(jobs|gateway|submissions|webhooks): restarted/m);
  expect(dev.pidsBeside('candidates')).toEqual(before);
  const restarted = restartOf('candidates', service);
  dev.change(service, current, line);
  await restarted();
  expect(await sourceOf()).toBeNull();
});

it('a change in the contracts is soon in the stack, in every service that imports them', async () => {
  const seconds: string[] = [];
  let current = 'Created later than this time';
  for (let round = 0; round < rounds; round += 1) {
    const next = `Created after, in round ${round}`;
    const restarted = ['gateway', 'candidates', 'jobs', 'submissions', 'webhooks'].map((name) =>
      restartOf(name, contracts),
    );
    dev.change(contracts, current, next);
    seconds.push(
      await secondsUntil(async () => expect(JSON.stringify((await api.get('/openapi.json')).body)).toContain(next)),
    );
    current = next;
    await Promise.all(restarted.map((wait) => wait()));
  }
  printed('a change in the contracts was shown after', seconds);
  expect((await api.get(`/candidates/${id}`)).status).toBe(200);
});

it('a type error is shown with its place and its end, and what it is in runs meanwhile', async () => {
  dev.change(service, line, `const source: number = 'wrong';\n    ${answering('typed wrongly')}`);
  await eventually(async () => expect(await sourceOf()).toBe('typed wrongly'), patience);
  const shown = /^types: apps\/candidates\/src\/candidates\.service\.ts\(\d+,\d+\): error TS2322/m;
  await eventually(() => expect(dev.output()).toMatch(shown), patience);
  dev.change(service, "const source: number = 'wrong';", '');
  dev.change(service, answering('typed wrongly'), line);
  await eventually(() => expect(dev.output().split('error TS2322')[1]).toContain('types: no errors'), patience);
});

it('a new migration is run before the service that has it', async () => {
  dev.create(
    'apps/candidates/src/migrations/4102444800000-set-source.ts',
    `export class SetSource4102444800000 {
       async up(runner) { await runner.query("update candidates set source = 'migrated'"); }
       async down() {}
     }\n`,
  );
  dev.change(
    'apps/candidates/src/database.ts',
    '    CreateSearch1764500000000,\n',
    '    CreateSearch1764500000000,\n    (await import("./migrations/4102444800000-set-source.js")).SetSource4102444800000,\n',
  );
  await eventually(async () => expect(await sourceOf()).toBe('migrated'), patience);
  await eventually(
    () => expect(dev.output()).toMatch(/^candidates: migrated$.*^candidates: restarted.*set-source/ms),
    patience,
  );
  await api.patch(`/candidates/${id}`, { source: null });
});

it('a syntax error stops one service until it is mended', async () => {
  dev.change(service, line, `const = ;`);
  await eventually(() => expect(dev.output()).toMatch(/^candidates did not start:.*candidates: waits for a change/ms), {
    withinMs: 60_000,
  });
  expect((await api.get('/jobs')).status).toBe(200);
  dev.change(service, 'const = ;', answering('mended'));
  await eventually(async () => expect(await sourceOf()).toBe('mended'), patience);
  dev.change(service, answering('mended'), line);
  await eventually(async () => expect(await sourceOf()).toBeNull(), patience);
});

it('a stack trace names the line of the source, and a debugger stops at one', async () => {
  dev.change(service, line, `if (id !== '${id}') throw new TypeError('thrown on purpose');\n    ${line}`);
  const lines = dev.read(service).split('\n');
  const thrownAt = lines.findIndex((text) => text.includes('thrown on purpose')) + 1;
  const other = id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  await eventually(async () => expect((await api.get(`/candidates/${other}`)).status).toBe(500), patience);
  await eventually(() => {
    const log = readFileSync(join(dev.dataDir, 'logs/candidates.log'), 'utf8');
    expect(log).toContain(`${service}:${thrownAt}:`);
  }, patience);

  const [, address] = /^ {2}Debug {2}candidates at (\S+)$/m.exec(dev.output())!;
  const attached = await attachDebugger(address!);
  await attached.breakAt(service, thrownAt + 1);
  const [stoppedAt, answer] = await Promise.all([attached.nextBreak(), api.get(`/candidates/${id}`)]);
  attached.close();
  expect({ stoppedAt, status: answer.status }).toEqual({ stoppedAt: thrownAt + 1, status: 200 });
});

it('Ctrl-C ends everything', async () => {
  expect(dev.processes().length).toBeGreaterThanOrEqual(7);
  expect(await dev.stop()).toBe(0);
  await eventually(() => expect(dev.processes()).toEqual([]), patience);
});
