import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { freePort } from '@nexivo/local/free-port';
import { repositoryRoot } from '@nexivo/local/paths';
import { BASE_PATH } from '@nexivo/contracts/route';
import { Nexivo, type WebhookEvent } from '@nexivo/sdk';
import { verify } from '@nexivo/sdk/webhooks';
import { eventually } from '@nexivo/testing/poll';
import { type RunningStack, runStack } from './running-stack.js';

const PROGRAM = join(repositoryRoot, 'packages/sdk/dist/esm/cli/main.js');

let running: RunningStack;
let home: string;
let token: string;
let client: Nexivo;
beforeAll(async () => {
  running = await runStack();
});
afterAll(() => running.stop());
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'nexivo-cli-'));
  token = (await running.client()).token!;
  client = new Nexivo({ baseUrl: running.origin + BASE_PATH, token });
});
let receiver: Receiver | undefined;
afterEach(async () => {
  await receiver?.die();
  receiver = undefined;
  rmSync(home, { recursive: true });
});

interface Run {
  child: ChildProcess;
  output: () => string;
  /** What it exited with. */
  ended: Promise<{ code: number | null; out: string; err: string }>;
}

function nexivo(
  args: string[],
  env: Record<string, string> = { NEXIVO_API: running.origin + BASE_PATH, NEXIVO_TOKEN: token },
): Run {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: { PATH, HOME: home, ...env } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }));
  });
  return { child, output: () => out, ended };
}

/** A receiver that believes only what is signed with the secret, and dies and comes back at the same port. */
class Receiver {
  readonly events: WebhookEvent[] = [];
  private server: Server | undefined;

  constructor(
    readonly port: number,
    private readonly secret: () => string | undefined,
  ) {}

  async start(): Promise<void> {
    this.server = createServer((request, response) => void this.take(request, response));
    await new Promise<void>((resolve) => {
      this.server!.listen(this.port, '127.0.0.1', resolve);
    });
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const event = await verify(Buffer.concat(chunks), request.headers, this.secret() ?? 'whsec_AA').catch(
      () => undefined,
    );
    if (event) this.events.push(event as WebhookEvent);
    response.writeHead(event ? 204 : 401).end();
  }

  async die(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server!.close(() => resolve());
      this.server!.closeAllConnections();
    });
  }
}

it('beside writers, with a receiver that dies and a listener that is stopped: every event, in order for each object', async () => {
  let listener: Run | undefined;
  const secretOf = (): string | undefined => /signing with (\S+)/.exec(listener?.output() ?? '')?.[1];
  const { events, port } = (receiver = new Receiver(await freePort(), secretOf));
  await receiver.start();
  const before = await client.jobs.create({ title: 'before' });
  await eventually(async () => expect((await client.events.list().page()).data).not.toEqual([]));
  const listen = async (): Promise<void> => {
    listener = nexivo(['listen', '--forward-to', `http://127.0.0.1:${port}/`]);
    await eventually(() => expect(secretOf()).toMatch(/^whsec_/));
  };
  const stop = async (): Promise<void> => {
    listener!.child.kill('SIGINT');
    expect(await listener!.ended).toMatchObject({ code: 130, err: '' });
  };
  await listen();
  const secret = secretOf();
  const ids: string[] = [];
  const writing = { isOver: false };
  const write = async (writer: number): Promise<void> => {
    const { id } = await client.candidates.create({ first_name: 'A', last_name: `L${writer}` });
    ids.push(id);
    for (let turn = 0; !writing.isOver; turn++) await client.candidates.update(id, { city: `${turn}` });
  };
  const writers = [0, 1].map(write);
  const taken = (more: number): Promise<void> => {
    const enough = events.length + more;
    return eventually(() => expect(events.length).toBeGreaterThanOrEqual(enough));
  };
  await taken(20);
  await receiver.die();
  await eventually(() => expect(listener!.output()).toContain('ECONNREFUSED'));
  await receiver.start();
  await taken(20);
  await stop();
  await listen();
  expect(secretOf()).toBe(secret);
  await taken(20);
  writing.isOver = true;
  await Promise.all(writers);
  // The last of them may still be on their way to the feed.
  const all = await eventually(async () => {
    const listed = await client.events.list().toArray({ limit: 100_000 });
    for (const id of ids) {
      const { etag } = await client.candidates.get(id).withResponse();
      expect(`"${listed.findLast(({ data }) => data.object.id === id)?.resource_version}"`).toBe(etag);
    }
    return listed;
  });
  const expected = all.filter(({ data }) => data.object.id !== before.id).map(({ id }) => id);
  await eventually(() => expect(new Set(events.map(({ id }) => id)).size).toBe(expected.length));
  await stop();

  expect([...new Set(events.map(({ id }) => id))]).toEqual(expected);
  for (const id of ids) {
    const versions = events.filter(({ data }) => data.object.id === id).map((each) => each.resource_version);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  }
});

it('commands read and write as the library does: tables for people, JSON for programs, and what is wrong in words', async () => {
  const run = (...args: string[]) => nexivo(args).ended;
  const created = await run('create', 'candidates', '--first_name', 'Jane\u001B[31m', '--last_name', 'Smith', '--json');
  expect(created).toMatchObject({ code: 1, err: expect.stringContaining('first_name') });
  const args = ['--last_name', 'Smith', '--skills', 'C++', '--skills', 'SQL, T-SQL', '--json'];
  const { out } = await run('create', 'candidates', '--first_name', 'Jane', ...args);
  const jane = JSON.parse(out) as { id: string };
  expect(jane).toMatchObject({ first_name: 'Jane', skills: ['C++', 'SQL, T-SQL'] });
  expect(await run('update', 'candidates', jane.id, '--data', '{"city": "Köln"}')).toMatchObject({ code: 0 });
  const table = await run('list', 'candidates', '--city', 'Köln');
  expect(table).toMatchObject({ code: 0, out: expect.stringMatching(/^id +first_name .*\n[0-9a-f-]{36}  Jane /) });
  const lines = (await run('list', 'candidates', '--json')).out.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([await client.candidates.get(jane.id)]);
  expect(await run('delete', 'candidates', jane.id)).toMatchObject({
    code: 0,
    out: expect.stringContaining('inactive'),
  });
  expect(await run('list', 'candidates')).toMatchObject({ code: 0, out: 'none\n' });
  await eventually(async () => {
    const { out } = await run('events', '--events', 'candidate.deleted', '--json');
    expect(JSON.parse(out)).toMatchObject({ type: 'candidate.deleted', data: { object: { id: jane.id } } });
  });
  expect(await run('get', 'candidates', jane.id, '--json')).toMatchObject({ code: 0 });
  expect(await run('get', 'candidates', 'x')).toMatchObject({ code: 1, err: expect.stringContaining('not_found') });
  expect(await run('get', 'candidates')).toMatchObject({
    code: 2,
    err: expect.stringContaining('nexivo get candidates ID'),
  });
  expect(await run('list', 'candidates', '--stauts', 'new')).toMatchObject({ code: 2 });
  expect(await run('fire', 'candidates')).toMatchObject({ code: 2, err: expect.stringContaining('no such command') });
  expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('nexivo rotate-secret webhooks') });
});

it('a token comes from a file that only its owner may read, or from none', async () => {
  const file = join(home, 'nexivo.json');
  const run = () => nexivo(['me', 'account', '--json'], { NEXIVO_CONFIG: file }).ended;
  expect(await run()).toMatchObject({ code: 2, err: expect.stringContaining('NEXIVO_TOKEN') });
  writeFileSync(file, JSON.stringify({ baseUrl: running.origin + BASE_PATH, token }), { mode: 0o644 });
  expect(await run()).toMatchObject({ code: 2, err: expect.stringContaining('chmod 600') });
  chmodSync(file, 0o600);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await run()).toMatchObject({ code: 0, out: expect.stringContaining('"plan":"enterprise"') });
});

it('a command that waits ends at the first Ctrl-C', async () => {
  const asked = Promise.withResolvers<void>();
  const silent = createServer(() => asked.resolve());
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve);
  });
  const { port } = silent.address() as AddressInfo;
  const waiting = nexivo(['list', 'candidates'], { NEXIVO_API: `http://127.0.0.1:${port}`, NEXIVO_TOKEN: token });
  await asked.promise;
  waiting.child.kill('SIGINT');
  expect(await waiting.ended).toMatchObject({ code: null, out: '', err: '' });
  expect(waiting.child.signalCode).toBe('SIGINT');
  silent.close();
});
