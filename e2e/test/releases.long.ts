import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { machineEnv, serviceNames, sourceLoader } from '@nexivo/local/services';
import { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { askDatabase } from '@nexivo/testing/sql';
import { scaled } from '@nexivo/testing/time';
import { type HealthCheckingProxy, startProxy } from './health-checking-proxy.js';
import { type ReleaseBefore, takeReleaseBefore } from './release-before.js';
import { type Replica, startReplica } from './replica.js';
import { type RunningStack, runStack } from './running-stack.js';
import { startTraffic } from './traffic.js';

jest.setTimeout(scaled(3_600_000));

const CANDIDATES = Number(process.env['CANDIDATES'] ?? 1_000_000);
const REQUESTS = 3_500;
const ROUNDS = 5;

let running: RunningStack;
let api: Api;

beforeAll(async () => {
  running = await runStack({ autoRestart: false, env: { SHUTDOWN_DELAY_S: '2' } });
  api = await running.client();
});
afterAll(() => running.stop());

describe('releases side by side', () => {
  let before: ReleaseBefore;
  let proxy: HealthCheckingProxy | undefined;
  beforeAll(() => {
    before = takeReleaseBefore();
  });
  afterAll(async () => {
    await proxy?.stop();
    before.remove();
  });

  it('the release before serves on the schema of this one: no request fails while it takes over, and gives back', async () => {
    const { stack } = running;
    const old = new Map<string, Replica>();
    for (const service of serviceNames) old.set(service, await startReplica(stack, service, {}, before.programs));
    proxy = await startProxy([running.origin, old.get('gateway')!.origin]);
    const traffic = startTraffic(new Api(proxy.origin, api.token), 8);
    for (const service of serviceNames) await stack.services[service].stop();
    const taken = traffic.answered();
    await eventually(() => expect(traffic.answered()).toBeGreaterThan(taken + REQUESTS), { withinMs: 300_000 });
    for (const service of serviceNames) {
      await stack.services[service].start();
      // It has no delay of its own: the proxy must not send anything more to a gateway that ends.
      if (service !== 'gateway') await old.get(service)!.process.stop();
    }
    expect(await traffic.stop()).toEqual([]);
    await old.get('gateway')!.process.stop();
  });

  it(`each service restarted one after the other, ${ROUNDS} times: no request of ${REQUESTS} or more fails`, async () => {
    const { stack } = running;
    const replicas = await Promise.all(serviceNames.map((service) => startReplica(stack, service)));
    const gateway = replicas[serviceNames.indexOf('gateway')]!;
    const both = await startProxy([running.origin, gateway.origin]);
    for (let round = 0; round < ROUNDS; round += 1) {
      const traffic = startTraffic(new Api(both.origin, api.token), 8);
      for (const service of serviceNames) {
        await stack.services[service].restart();
        await replicas[serviceNames.indexOf(service)]!.process.restart();
      }
      await eventually(() => expect(traffic.answered()).toBeGreaterThan(REQUESTS), { withinMs: 300_000 });
      expect(await traffic.stop()).toEqual([]);
    }
    await both.stop();
    await Promise.all(replicas.map(({ process }) => process.stop()));
  });
});

describe(`a table of ${CANDIDATES} candidates`, () => {
  const database = (): string => running.stack.envOf('candidates')['DATABASE_URL']!;

  it('is upgraded under traffic: no request takes longer than a second, and a run that is killed goes on', async () => {
    await askDatabase(
      database(),
      `insert into candidates (account_id, id, first_name, last_name, email)
       select gen_random_uuid(), gen_random_uuid(), 'Jane', 'Smith ' || n, 'jane.' || n || '@example.com'
       from generate_series(1, $1::integer) n`,
      [CANDIDATES],
    );
    const traffic = startTraffic(api, 4);
    const killed = migrating();
    await eventually(async () => expect(await rowsDone()).toBeGreaterThan(CANDIDATES / 10), { withinMs: 1_800_000 });
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const [code] = (await once(migrating(), 'exit')) as [number];
    expect(code).toBe(0);
    expect(await traffic.stop()).toEqual([]);
    const [counts] = await askDatabase(
      database(),
      `select count(*) filter (where upgrades = 1)::integer as once, count(*) filter (where upgrades > 1)::integer as more from candidates`,
    );
    expect(counts).toMatchObject({ more: 0 });
    expect((counts as { once: number }).once).toBeGreaterThanOrEqual(CANDIDATES);
    expect(traffic.slowestMs()).toBeLessThan(scaled(1_000));
  });

  const migrating = (): ChildProcess => {
    const program = fileURLToPath(new URL('upgrade-candidates.ts', import.meta.url));
    const env = { ...machineEnv(), DATABASE_URL: database() };
    return spawn(process.execPath, [...sourceLoader, program], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  const rowsDone = async (): Promise<number> => {
    const [there] = await askDatabase(database(), `select to_regclass('migration_progress') is not null as is_there`);
    if (!(there as { is_there: boolean }).is_there) return 0;
    const [progress] = await askDatabase(database(), 'select rows::integer from migration_progress');
    return (progress as { rows: number } | undefined)?.rows ?? 0;
  };
});
