import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { scaled } from '@nexivo/testing/time';
import { type RunningStack, runStack } from './running-stack.js';
import { mayMount, mountSmallDisk } from './small-disk.js';
import { startTraffic } from './traffic.js';

jest.setTimeout(scaled(600_000));

const REQUESTS = 1_000;
/** Within which all is as before once there is room again. */
const BACK_WITHIN_MS = 30_000;
const ENV = { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' };

const isPossible = mayMount();
if (!isPossible) process.stdout.write('full disks are not proven: no file system may be mounted here\n');

const started = { undo: [] as (() => unknown)[] };
afterEach(async () => {
  for (const undo of started.undo.splice(0).toReversed()) await undo();
});

(isPossible ? describe : describe.skip)('a disk that is full', () => {
  let running: RunningStack;
  let api: Api;
  let receiver: Receiver;
  let acknowledged: string[];
  const troubles: string[] = [];

  /** Where everybody may enter, so that Postgres has its cluster there and not elsewhere. */
  const newDirectory = (): string => {
    const directory = mkdtempSync('/var/tmp/nexivo-full-disk-');
    chmodSync(directory, 0o755);
    started.undo.push(() => rmSync(directory, { recursive: true, force: true }));
    return directory;
  };
  const mount = (directory: string, megabytes: number): ReturnType<typeof mountSmallDisk> => {
    const disk = mountSmallDisk(directory, megabytes);
    started.undo.push(() => disk.unmount());
    return disk;
  };
  const start = async (dataDir: string, postgresSettings: Record<string, string> = {}): Promise<void> => {
    receiver = await startReceiver();
    started.undo.push(() => receiver.stop());
    running = await runStack({ dataDir, env: ENV, postgresSettings, onTrouble: (line) => troubles.push(line) });
    started.undo.push(() => running.stop());
    api = await running.client();
    acknowledged = [];
    expect((await api.post('/webhooks', { url: receiver.url, events: ['candidate.created'] })).status).toBe(201);
  };
  const write = async (): Promise<number> => {
    const body = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', summary: 'x'.repeat(10_000) };
    const answer = await api.post('/candidates', body).catch(() => undefined);
    if (answer?.status === 201) acknowledged.push(answer.body.id);
    return answer?.status ?? 0;
  };
  /** Whatever was answered with 201 is there, and its subscriber has been told. */
  const allArrived = async (): Promise<void> => {
    const told = new Set(receiver.requests.map(({ body }) => JSON.parse(body).data.object.id));
    expect(acknowledged.filter((id) => !told.has(id))).toEqual([]);
    expect((await api.get(`/candidates/${acknowledged.at(-1)}`)).status).toBe(200);
  };
  /** @returns after how many ms everything works again */
  const backAfter = async (): Promise<number> => {
    const since = performance.now();
    await eventually(async () => expect(await write()).toBe(201), { withinMs: BACK_WITHIN_MS, everyMs: 250 });
    await eventually(allArrived, { withinMs: BACK_WITHIN_MS - (performance.now() - since), everyMs: 100 });
    return Math.round(performance.now() - since);
  };
  const streamState = async (): Promise<string> => {
    const { HEALTH_PORT } = running.stack.envOf('candidates');
    const answer = await fetch(`http://127.0.0.1:${HEALTH_PORT}/health/ready`);
    return ((await answer.json()) as { stream: string }).stream;
  };

  it('of the stream: writes go on, and subscribers are told of all once there is room', async () => {
    const dataDir = newDirectory();
    const disk = mount(join(dataDir, 'nats'), 200);
    await start(dataDir);
    for (let n = 0; n < 20; n += 1) expect(await write()).toBe(201);
    await eventually(allArrived);
    disk.fill();
    await eventually(async () => {
      expect(await write()).toBe(201);
      expect(await streamState()).toMatch(/^does not store/);
    });
    disk.free();
    const ms = await backAfter();
    process.stdout.write(`stream: back ${ms} ms after the disk had room; ${acknowledged.length} writes, none lost\n`);
  });

  it('of everything: the API and webhooks are back by themselves, with all that was acknowledged', async () => {
    const dataDir = newDirectory();
    const disk = mount(dataDir, 700);
    // Less of Postgres' log of changes than the disk has room for.
    await start(dataDir, { max_wal_size: '64MB', min_wal_size: '32MB' });
    for (let n = 0; n < 20; n += 1) expect(await write()).toBe(201);
    await eventually(allArrived);
    const statuses: number[] = [];
    await eventually(
      async () => {
        disk.fill();
        statuses.push(await write());
        expect(statuses.filter((status) => status !== 201).length).toBeGreaterThan(20);
      },
      { withinMs: 120_000 },
    );
    disk.free();
    const ms = await backAfter();
    const counts = Object.fromEntries([...Map.groupBy(statuses, String)].map(([status, all]) => [status, all.length]));
    const answers = `answers meanwhile ${JSON.stringify(counts)}; ${acknowledged.length} writes acknowledged, none lost`;
    process.stdout.write(`everything: back ${ms} ms after the disk had room; ${answers}\n${troubles.join('\n')}\n`);
  });

  it('of the logs: not one request fails, and the log says how many lines it has lost', async () => {
    const dataDir = newDirectory();
    const disk = mount(join(dataDir, 'logs'), 16);
    await start(dataDir);
    disk.fill();
    const traffic = startTraffic(api, 4);
    await eventually(() => expect(traffic.answered()).toBeGreaterThan(REQUESTS), { withinMs: 300_000 });
    expect(await traffic.stop()).toEqual([]);
    disk.free();
    const further = startTraffic(api, 1);
    await eventually(() => {
      const logs = join(dataDir, 'logs');
      const services = readdirSync(logs).filter((file) => !/ballast|nats|postgres/.test(file));
      for (const file of services) expect(readFileSync(join(logs, file), 'utf8')).toContain('log lines lost');
    });
    expect(await further.stop()).toEqual([]);
    process.stdout.write(`logs: 0 of ${traffic.answered()} requests failed\n`);
  });
});
