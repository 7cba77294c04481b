import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { DeadLetter } from '@nexivo/contracts/dead-letters';
import type { Event } from '@nexivo/contracts/events';
import { serviceNames } from '@nexivo/local/services';
import type { Api } from '@nexivo/testing/api';
import { connectEventStream } from '@nexivo/testing/event-stream';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { scaled } from '@nexivo/testing/time';
import pg from 'pg';
import { hasPrometheus, type Prometheus, startPrometheus } from './prometheus.js';
import { runFromRunbook } from './runbook.js';
import { type RunningStack, runStack } from './running-stack.js';
import { mayMount, mountSmallDisk, type SmallDisk } from './small-disk.js';

jest.setTimeout(scaled(600_000));

/** Within which the alert of a fault fires. For as long after the fault is watched which others do. */
const FIRES_WITHIN_MS = 60_000;
const QUIET_WITHIN_MS = 180_000;

const isPossible = hasPrometheus();
if (!isPossible) process.stdout.write('drills are not run: there is no Prometheus on this machine\n');

interface Drill {
  fault: string;
  cause: () => Promise<unknown>;
  alert: string;
  /** @returns what mended it, as the runbook says it */
  mend: () => Promise<string>;
}

(isPossible ? describe : describe.skip)('drills: a fault, its alert, and what the runbook says', () => {
  let running: RunningStack;
  let prometheus: Prometheus;
  let api: Api;
  let superuser: pg.Client;
  let receiver: Receiver;
  let disk: SmallDisk | undefined;
  const directory = mkdtempSync('/var/tmp/nexivo-drills-');
  const table: Record<string, unknown>[] = [];
  const undo: (() => unknown)[] = [];

  beforeAll(async () => {
    // Where everybody may enter, so that Postgres has its cluster there.
    chmodSync(directory, 0o755);
    if (mayMount()) disk = mountSmallDisk(join(directory, 'nats'), 200);
    receiver = await startReceiver();
    const env = { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' };
    running = await runStack({ dataDir: directory, autoRestart: false, env });
    api = await running.client();
    superuser = await connect();
    prometheus = await startPrometheus(
      serviceNames.map((service) => `127.0.0.1:${running.stack.envOf(service)['HEALTH_PORT']}`),
    );
  });
  afterEach(async () => {
    for (const each of undo.splice(0).toReversed()) await each();
  });
  afterAll(async () => {
    process.stdout.write(`${table.map((row) => JSON.stringify(row)).join('\n')}\n`);
    await prometheus.stop();
    await superuser.end();
    await running.stop();
    await receiver.stop();
    disk?.unmount();
    rmSync(directory, { recursive: true, force: true });
  });

  async function connect(): Promise<pg.Client> {
    const url = new URL(running.stack.postgres!.url);
    url.pathname = '/nexivo';
    const client = new pg.Client({ connectionString: url.href, application_name: 'somebody' });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** What an operator's shell has. */
  function shell(): Record<string, string> {
    const { hostname, port, username, password } = new URL(running.stack.postgres!.url);
    return {
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: decodeURIComponent(username),
      PGPASSWORD: decodeURIComponent(password),
      PGDATABASE: 'nexivo',
      NATS_URL: running.stack.envOf('admin')['NATS_URL']!,
    };
  }

  const createCandidate = async (): Promise<void> => {
    const answer = await api.post('/candidates', { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' });
    expect(answer.status).toBe(201);
  };
  const quiet = (): Promise<void> =>
    eventually(async () => expect(await prometheus.firing()).toEqual([]), {
      withinMs: QUIET_WITHIN_MS,
      everyMs: 1_000,
    });

  async function drill({ fault, cause, alert, mend }: Drill): Promise<void> {
    await quiet();
    await cause();
    const since = performance.now();
    let seconds: number | undefined;
    const others = new Set<string>();
    await eventually(
      async () => {
        for (const name of await prometheus.firing()) {
          if (name !== alert) others.add(name);
          else seconds ??= Math.round((performance.now() - since) / 1_000);
        }
        expect(performance.now() - since).toBeGreaterThan(FIRES_WITHIN_MS);
      },
      { withinMs: 2 * FIRES_WITHIN_MS, everyMs: 500 },
    );
    const mended = await mend();
    const mendedAt = performance.now();
    await quiet();
    const quiet_after_s = Math.round((performance.now() - mendedAt) / 1_000);
    table.push({ fault, alert, seconds, others: [...others], mended, quiet_after_s });
    expect({ seconds, others: [...others] }).toEqual({ seconds: expect.any(Number), others: [] });
    expect(seconds).toBeLessThanOrEqual(FIRES_WITHIN_MS / 1_000);
  }

  it('an outbox that is stuck', () =>
    drill({
      fault: 'published events cannot be marked',
      cause: async () => {
        await superuser.query(
          'alter table candidates.outbox add constraint stuck check (published_at is null) not valid',
        );
        await createCandidate();
      },
      alert: 'NexivoOutboxStuck',
      mend: async () => {
        const logs = join(directory, 'logs');
        const { output } = runFromRunbook('NexivoOutboxStuck', 'grep', {}, (command) =>
          command.replace('candidates.log', `${logs}/candidates.log`),
        );
        const [, constraint] = /"constraint":"(\w+)"/.exec(output)!;
        const mended = `alter table candidates.outbox drop constraint ${constraint}`;
        await superuser.query(mended);
        return mended;
      },
    }));

  it('a service that is frozen', () =>
    drill({
      fault: 'candidates gets SIGSTOP',
      cause: async () => {
        running.stack.services.candidates.kill('SIGSTOP');
        undo.push(() => running.stack.services.candidates.kill('SIGCONT'));
      },
      alert: 'NexivoServiceAbsent',
      mend: async () => {
        const { output } = runFromRunbook('NexivoServiceAbsent', 'ps', {});
        const stopped = output
          .split('\n')
          .map((line) => line.trim().split(/\s+/))
          .filter(([pid, state]) => state?.startsWith('T') && Number(pid) === running.stack.services.candidates.pid);
        expect(stopped).toHaveLength(1);
        process.kill(Number(stopped[0]![0]), 'SIGCONT');
        return 'kill -CONT PID';
      },
    }));

  it('NATS is gone', () =>
    drill({
      fault: 'nats-server has ended',
      cause: () => running.stack.nats!.process.stop(),
      alert: 'NexivoBusAway',
      mend: async () => {
        await running.stack.nats!.process.start();
        return 'NATS is started';
      },
    }));

  it('the stream is gone', () =>
    drill({
      fault: 'the stream was deleted',
      cause: async () => {
        const { process: server } = running.stack.nats!;
        await server.stop();
        rmSync(join(directory, 'nats/jetstream'), { recursive: true });
        await server.start();
        await eventually(createCandidate);
      },
      alert: 'NexivoStreamNotOk',
      mend: async () => {
        for (const service of serviceNames) await running.stack.migrate(service, AbortSignal.timeout(60_000));
        return 'the migrate step is run';
      },
    }));

  it('the connections of Postgres are exhausted', () =>
    drill({
      fault: 'somebody takes all connections that are left',
      cause: async () => {
        const { rows } = await superuser.query<{ left: number }>(
          `select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
             - (select sum(numbackends) from pg_stat_database)::int as left`,
        );
        const clients = await Promise.all(Array.from({ length: rows[0]!.left }, connect));
        undo.push(() => Promise.allSettled(clients.map((client) => client.end())));
      },
      alert: 'NexivoDatabaseConnections',
      mend: async () =>
        runFromRunbook('NexivoDatabaseConnections', 'psql -c "select pg_terminate_backend', shell()).command,
    }));

  it('a customer is slow', () =>
    drill({
      fault: 'a receiver takes eight seconds for each request',
      cause: async () => {
        receiver.answer = () => new Promise((resolve) => setTimeout(() => resolve({ status: 200 }), 8_000));
        const answer = await api.post('/webhooks', { url: receiver.url, events: ['*'] });
        expect(answer.status).toBe(201);
        for (let count = 0; count < 300; count++) await createCandidate();
      },
      alert: 'NexivoWebhooksLateByEndpoint',
      mend: async () => {
        const { command, output } = runFromRunbook(
          'NexivoWebhooksLateByEndpoint',
          'npm run --silent admin -- webhooks list --slow',
          shell(),
        );
        expect(output).toMatch(/^webhook [0-9a-f-]{36} of account/);
        receiver.answer = () => ({ status: 200 });
        return `${command}: the account is told, and its receiver answers at once`;
      },
    }));

  it('a message that nobody can handle', () =>
    drill({
      fault: 'a submission.placed without its members',
      cause: async () => {
        const stream = await connectEventStream(running.stack.nats!.urlFor('submissions'));
        const data = { object: { id: '019ab2f3-0d64-7b08-b1c5-6e3a5f7c2d19' } };
        await stream.publish({ type: 'submission.placed', data } as unknown as Event);
        await stream.close();
      },
      alert: 'NexivoDeadLetters',
      mend: async () => {
        const admin = (beginning: string, change: (command: string) => string) =>
          runFromRunbook(
            'NexivoDeadLetters',
            `npm run --silent admin -- events dead-letters ${beginning}`,
            shell(),
            change,
          );
        const { output } = admin('list', (command) => `${command} --json`);
        const ids = (JSON.parse(output) as { data: DeadLetter[] }).data.map(({ id }) => id);
        for (const id of ids) {
          expect(admin('show', (command) => command.replace('ID', id)).output).toContain('malformed');
          admin('discard', (command) => command.replace('ID', id));
        }
        return `events dead-letters list, show, discard (${ids.length})`;
      },
    }));

  it('the disk of the stream is full', async () => {
    if (!disk) {
      process.stdout.write('a full disk is not drilled: no file system may be mounted here\n');
      return;
    }
    await drill({
      fault: 'the disk of NATS has no byte left',
      cause: async () => {
        disk!.fill();
        await createCandidate();
      },
      alert: 'NexivoStreamNotOk',
      mend: async () => {
        const { output } = runFromRunbook('NexivoOutboxStuck', 'grep', {}, (command) =>
          command.replace('candidates.log', `${join(directory, 'logs')}/candidates.log`),
        );
        expect(output).toContain('does not store');
        disk!.free();
        await running.stack.nats!.process.restart();
        return 'its disk is freed, and NATS is started again';
      },
    });
    expect(readFileSync(join(directory, 'logs/candidates.log'), 'utf8')).toContain('works again');
  });

  it('the store of quotas is away', async () => {
    const enough = new AbortController();
    let asking: Promise<unknown> = Promise.resolve();
    await drill({
      fault: 'somebody holds a lock of gateway.quota_usage',
      cause: async () => {
        await api.get('/jobs');
        const blocker = await connect();
        undo.push(() => blocker.end().catch(() => undefined));
        await blocker.query('begin; lock table gateway.quota_usage in access exclusive mode');
        asking = (async () => {
          while (!enough.signal.aborted) await api.get('/jobs').catch(() => undefined);
        })();
      },
      alert: 'NexivoQuotaStoreAway',
      mend: async () => {
        const mended = await eventually(() => {
          const { command, output } = runFromRunbook(
            'NexivoQuotaStoreAway',
            'psql -c "select pg_terminate_backend',
            shell(),
          );
          expect(output).toMatch(/\bt\b/);
          return command;
        });
        enough.abort();
        await asking;
        // Other requests go on, as they do where there is more than one customer: those that waited are few of all.
        for (let count = 0; count < 100; count++) await Promise.all(Array.from({ length: 10 }, () => api.get('/me')));
        return mended;
      },
    });
  });
});
