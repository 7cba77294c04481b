import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { repositoryRoot } from '@nexivo/local/paths';
import { runProgram } from '@nexivo/local/run-program';
import { machineEnv, programArgs, type ServiceName, serviceNames, sourceLoader } from '@nexivo/local/services';
import { LEXEMES_MARK, quoted } from '@nexivo/search/lexemes';
import { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { askDatabase } from '@nexivo/testing/sql';
import { scaled } from '@nexivo/testing/time';
import { startProxy } from './health-checking-proxy.js';
import { type ReleaseBefore, takeReleaseBefore } from './release-before.js';
import { newReplica, type Replica, startReplica } from './replica.js';
import { type RunningStack, runStack } from './running-stack.js';
import { startTraffic, type Traffic } from './traffic.js';

jest.setTimeout(scaled(3_600_000));

const CANDIDATES = Number(process.env['CANDIDATES'] ?? 1_000_000);
const REQUESTS = 3_500;
/** Requests without an upgrade, before and after it, that those beside it are compared with. */
const COMPARED = 1_000;
const ROUNDS = 5;
/** So many requests show that it works. */
const WARM_UP = 500;
const DELAY = { SHUTDOWN_DELAY_S: '2' };

let running: RunningStack;
afterEach(() => running.stop());

/** Figures are for whoever runs the proof. */
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

/** Both releases know these scopes. */
const tokenOf = async (): Promise<string> => {
  const kinds = ['candidates', 'jobs', 'submissions', 'webhooks'] as const;
  const scopes = kinds.flatMap((kind) => [`${kind}:read`, `${kind}:write`] as const);
  return (await running.client({ scopes })).token!;
};
const answers = (traffic: Traffic, count: number): Promise<void> => {
  const sofar = traffic.answered();
  return eventually(() => expect(traffic.answered()).toBeGreaterThan(sofar + count), { withinMs: 600_000 });
};
/** Each event that the traffic has caused, and so many others, have come to where subscribers and readers are told of them. */
const allEventsArrive = (traffic: Traffic, others = 0): Promise<void> =>
  eventually(async () => {
    const url = running.stack.envOf('webhooks')['DATABASE_URL']!;
    const count = traffic.made() + others;
    expect(await askDatabase(url, 'select count(*)::integer from events')).toEqual([{ count }]);
  });

const PEOPLE = 300;

/** People whose names, numbers and ids this release finds in more ways than the one before. */
async function storePeople(api: Api): Promise<void> {
  for (let n = 0; n < PEOPLE; n++) {
    const { status } = await api.post('/candidates', {
      first_name: 'Jörg',
      last_name: `Öbrien${n}`,
      email: `joerg.${n}@example.com`,
      phone: `+49 (0)221 ${4_000 + n}`,
      external_id: `GH-${n}`,
      current_title: 'Full-stack C++ developer',
    });
    expect(status).toBe(201);
  }
}

describe('releases side by side', () => {
  let before: ReleaseBefore;
  beforeAll(() => {
    before = takeReleaseBefore();
  });
  afterAll(() => before.remove());

  it('the release before serves on the schema of this one: no request fails while it takes over, and gives back', async () => {
    running = await runStack({ autoRestart: false, env: DELAY });
    const { stack } = running;
    const old = new Map<string, Replica>();
    for (const service of serviceNames) old.set(service, await startReplica(stack, service, {}, before.programs));
    const proxy = await startProxy([running.origin, old.get('gateway')!.origin]);
    const traffic = startTraffic(new Api(proxy.origin, await tokenOf()), 8);
    for (const service of serviceNames) await stack.services[service].stop();
    await answers(traffic, REQUESTS);
    for (const service of serviceNames) {
      await stack.services[service].start();
      // It has no delay of its own: the proxy must not send anything more to a gateway that ends.
      if (service !== 'gateway') await old.get(service)!.process.stop();
    }
    expect(await traffic.stop()).toEqual([]);
    await allEventsArrive(traffic);
    tell(`release before on this schema: 0 of ${traffic.answered()} failed`);
    await proxy.stop();
    await old.get('gateway')!.process.stop();
  });

  it('this release waits on the schema of the one before: no request fails until it is migrated, meanwhile and when it takes over', async () => {
    running = await runStack({ ...before.programs, autoRestart: false });
    const { stack } = running;
    const token = await tokenOf();
    const stored = new Api(running.origin, await tokenOf());
    await storePeople(stored);
    const replicas = await Promise.all(serviceNames.map((service) => newReplica(stack, service, DELAY)));
    const gateway = replicas[serviceNames.indexOf('gateway')]!;
    const proxy = await startProxy([running.origin, gateway.origin]);
    const traffic = startTraffic(new Api(proxy.origin, token), 8);

    // Whose schema is the same in both releases would serve at once, and its events pass a consumer by that is not migrated (ADR 12).
    const isWaiting = ({ process: { name } }: Replica): boolean => ['candidates', 'webhooks', 'gateway'].includes(name);
    const starting = new Map(replicas.filter(isWaiting).map(({ process }) => [process.name, process.start()] as const));
    await eventually(() => {
      for (const { logFile } of replicas.filter(isWaiting))
        expect(readFileSync(logFile, 'utf8')).toContain('waiting for the migrate step');
    });
    await answers(traffic, WARM_UP);
    // Who consumes comes before those whose events he is told of.
    for (const service of ['webhooks', 'candidates', 'submissions', 'jobs', 'gateway'] as const) {
      await migrate(service);
      await (starting.get(service) ?? replicas[serviceNames.indexOf(service)]!.process.start());
      // The gateway before has no delay of its own.
      if (service !== 'gateway') await stack.services[service].stop();
    }
    await answers(traffic, REQUESTS);
    expect(await traffic.stop()).toEqual([]);
    await allEventsArrive(traffic, PEOPLE);
    tell(`this release on the schema before: 0 of ${traffic.answered()} failed`);
    const { origin } = gateway;
    await expectAsIfStoredByThisRelease(new Api(origin, stored.token), new Api(origin, await tokenOf()));
    await proxy.stop();
    await Promise.all(replicas.map(({ process }) => process.stop()));
  });

  /** What the release before has stored is found in the ways of this one, as what this one stores itself. */
  const expectAsIfStoredByThisRelease = async (before: Api, since: Api): Promise<void> => {
    await storePeople(since);
    for (const n of [0, 17, PEOPLE - 1]) {
      for (const q of [`external_id:GH-${n}`, `phone:"0221/${4_000 + n}"`, `last_name:oebrien${n}`]) {
        for (const api of [before, since]) {
          const { status, body } = await api.get(`/candidates?q=${encodeURIComponent(q)}`);
          expect([q, status, body.data?.map((row: { external_id: string }) => row.external_id)]).toEqual([
            q,
            200,
            [`GH-${n}`],
          ]);
        }
      }
    }
    // What a query of the release before looks for stays in its rows beside that.
    const [lexemes] = await askDatabase(
      running.stack.envOf('candidates')['DATABASE_URL']!,
      `select count(*)::integer as people, count(*) filter (where tsvector_to_array(since.search) <@ tsvector_to_array(before.search))::integer as alike
       from candidates before join candidates since on since.external_id = before.external_id and since.created_at > before.created_at`,
    );
    expect(lexemes).toEqual({ people: PEOPLE, alike: PEOPLE });
  };

  /** As the migrate step of this release does. */
  const migrate = async (service: ServiceName): Promise<void> => {
    const { stack } = running;
    const env = { ...machineEnv(), ...stack.envOf(service), NATS_URL: stack.nats!.urlFor('migrate') };
    await runProgram(`migration of ${service}`, process.execPath, programArgs({}, service, 'migrate'), {
      env,
      cwd: repositoryRoot,
    });
  };
});

describe('a rolling restart', () => {
  it(`of each service, ${ROUNDS} times: no request of ${REQUESTS} or more fails`, async () => {
    running = await runStack({ autoRestart: false, env: DELAY });
    const { stack } = running;
    const replicas = await Promise.all(serviceNames.map((service) => startReplica(stack, service)));
    const gateway = replicas[serviceNames.indexOf('gateway')]!;
    const proxy = await startProxy([running.origin, gateway.origin]);
    const { token } = await running.client();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const traffic = startTraffic(new Api(proxy.origin, token), 8);
      for (const service of serviceNames) {
        await stack.services[service].restart();
        await replicas[serviceNames.indexOf(service)]!.process.restart();
      }
      await eventually(() => expect(traffic.answered()).toBeGreaterThan(REQUESTS), { withinMs: 600_000 });
      const failures = await traffic.stop();
      tell(`rolling restart, round ${round}: ${failures.length} of ${traffic.answered() + failures.length} failed`);
      expect(failures).toEqual([]);
    }
    await proxy.stop();
    await Promise.all(replicas.map(({ process }) => process.stop()));
  });
});

describe(`a table of ${CANDIDATES} candidates`, () => {
  const database = (): string => running.stack.envOf('candidates')['DATABASE_URL']!;

  it('is upgraded under traffic: no request takes a second longer for it, and a run that is killed goes on', async () => {
    running = await runStack({ autoRestart: false });
    await askDatabase(
      database(),
      `insert into candidates (account_id, id, first_name, last_name, email, status, skills, tags, custom_fields, search)
       select ('00000000-0000-7000-8000-' || lpad((n % 100)::text, 12, '0'))::uuid, gen_random_uuid(),
         'Jane', 'Smith ' || n, 'jane.' || n || '@example.com', 'new', '{}', '{}', '{}', $2::tsvector
       from generate_series(1, $1::integer) n`,
      [CANDIDATES, quoted(LEXEMES_MARK)],
    );
    const traffic = startTraffic(await running.client(), 4);
    await answers(traffic, WARM_UP);
    const slowest = async (work: () => Promise<unknown>): Promise<number> => {
      traffic.slowestMs();
      await work();
      return traffic.slowestMs();
    };
    const before = await slowest(() => answers(traffic, COMPARED));
    const during = await slowest(async () => {
      const killed = migrating();
      await eventually(async () => expect(await rowsDone()).toBeGreaterThan(CANDIDATES / 2), { withinMs: 1_800_000 });
      killed.kill('SIGKILL');
      await once(killed, 'exit');
      expect(await once(migrating(), 'exit')).toEqual([0, null]);
    });
    const after = await slowest(() => answers(traffic, COMPARED));
    expect(await traffic.stop()).toEqual([]);
    const [counts] = await askDatabase<{ once: number; more: number }>(
      database(),
      `select count(*) filter (where upgrades = 1)::integer as once, count(*) filter (where upgrades > 1)::integer as more from candidates`,
    );
    expect(counts!.more).toBe(0);
    expect(counts!.once).toBeGreaterThanOrEqual(CANDIDATES);
    tell(`slowest request in ms: before ${before}, during ${during}, after ${after}; ${traffic.answered()} answered`);
    // What a machine that has more to do makes of a request, it makes of it without an upgrade, too.
    expect(during).toBeLessThan(1_000 + Math.max(before, after));
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
