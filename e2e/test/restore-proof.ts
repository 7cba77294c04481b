import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { AnyEvent } from '@nexivo/contracts/events';
import { placeCluster, removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { repositoryRoot } from '@nexivo/local/paths';
import { type Postgres, startPostgres } from '@nexivo/local/postgres';
import { runProgram } from '@nexivo/local/run-program';
import { machineEnv, programArgs, type ServiceName, serviceNames } from '@nexivo/local/services';
import { postgresUser } from '@nexivo/local/unprivileged';
import type { Api } from '@nexivo/testing/api';
import { shortenDuplicateWindow } from '@nexivo/testing/stream-admin';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { askDatabase } from '@nexivo/testing/sql';
import pg from 'pg';
import { type RunningStack, runStack } from './running-stack.js';

const SCRIPTS = join(repositoryRoot, 'docker/backups');
/** Those that have events, in the order of docker/restore. */
const TOLD = ['submissions', 'candidates', 'jobs'] as const;

/** A stack whose Postgres keeps its WAL beside base backups, as that of docker-compose.yml does, and an account with a webhook for everything. */
export interface RestoreWorld {
  running: RunningStack;
  postgres: Postgres;
  receiver: Receiver;
  api: Api;
  /** Of the base backups and the WAL. */
  backupDir: string;
  /** What a superuser of that Postgres is told to be. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

export async function startRestoreWorld(): Promise<RestoreWorld> {
  const started = new AsyncDisposableStack();
  const dataDir = mkdtempSync('/var/tmp/nexivo-restore-');
  chmodSync(dataDir, 0o755);
  started.defer(() => {
    removeOutsideDirectory(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  });
  const cluster = placeCluster(dataDir);
  const backupDir = join(dataDir, 'backup');
  const user = postgresUser(cluster);
  mkdirSync(backupDir);
  for (const script of readdirSync(SCRIPTS)) copyFileSync(join(SCRIPTS, script), join(dataDir, script));
  if (user) chownSync(backupDir, user.uid, user.gid);
  const postgres = await startPostgres({
    dataDir,
    settings: {
      fsync: 'off',
      archive_mode: 'on',
      archive_command: `BACKUP_DIR=${backupDir} ${dataDir}/archive-wal %p %f`,
    },
  });
  started.defer(() => postgres.stop());
  const running = await runStack({
    databaseUrl: postgres.url,
    autoRestart: false,
    env: { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' },
  });
  started.defer(() => running.stop());
  await shortenDuplicateWindow(running.stack.nats!.urlFor('migrate'));
  const receiver = await startReceiver();
  started.defer(() => receiver.stop());
  const api = await running.client();
  expect((await api.post('/webhooks', { url: receiver.url, events: ['*'] })).status).toBe(201);
  const { username, password, port } = new URL(postgres.url);
  const env = {
    ...machineEnv(),
    PGDATA: cluster,
    BACKUP_DIR: backupDir,
    PGHOST: '127.0.0.1',
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: password,
  };
  return { running, postgres, receiver, api, backupDir, env, stop: () => started.disposeAsync() };
}

/** The statement of docker/backups/base-backup, for a machine without psql. */
export async function makeBaseBackup({ postgres, backupDir, env }: RestoreWorld): Promise<void> {
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const user = postgresUser(env['PGDATA']!);
  for (const name of ['base', 'wal']) {
    mkdirSync(join(backupDir, name));
    if (user) chownSync(join(backupDir, name), user.uid, user.gid);
  }
  const client = new pg.Client({ connectionString: postgres.url, replication: 'database' } as pg.ClientConfig);
  await client.connect();
  await client.query(
    `BASE_BACKUP (TARGET 'server', TARGET_DETAIL '${join(backupDir, 'base', stamp)}', CHECKPOINT 'fast', WAL, MANIFEST 'yes')`,
  );
  await client.end();
}

/** Runs one of the scripts beside Postgres. */
export const runScript = ({ env }: RestoreWorld, script: string, args: readonly string[]): Promise<string> =>
  runProgram(script, join(SCRIPTS, script), [...args], { env, cwd: '/' });

/** The database's time, later than all that is committed. */
export async function timeOf({ postgres }: RestoreWorld): Promise<string> {
  const [row] = await askDatabase<{ time: string }>(postgres.url, 'select clock_timestamp()::text as time');
  return row!.time;
}

/**
 * Ends everything but the bus, destroys the cluster, and has Postgres come back as it was at a time, from the archive alone; or, from the
 * archive and what is left of the cluster's WAL, as it was at the end.
 */
export async function wreckAndRestore(world: RestoreWorld, until?: string): Promise<void> {
  const { running, postgres, env } = world;
  for (const service of serviceNames.toReversed()) await running.stack.services[service].stop();
  if (until !== undefined) {
    const [last] = await askDatabase<{ name: string }>(postgres.url, 'select pg_walfile_name(pg_switch_wal()) as name');
    await eventually(() => expect(existsSync(join(world.backupDir, 'wal', last!.name))).toBe(true));
  }
  await postgres.stop();
  for (const name of readdirSync(env['PGDATA']!)) {
    if (until !== undefined || name !== 'pg_wal') rmSync(join(env['PGDATA']!, name), { recursive: true, force: true });
  }
  const options = until === undefined ? [] : ['--until', until];
  // As a crash leaves it. Whether its server still runs is not seen from another container.
  writeFileSync(join(env['PGDATA']!, 'postmaster.pid'), '1\n');
  await expect(runScript(world, 'restore-base', options)).rejects.toThrow('stop Postgres first');
  await runScript(world, 'restore-base', ['--stopped', ...options]);
  await postgres.process.start();
  await eventually(async () => {
    expect(await askDatabase(postgres.url, 'select pg_is_in_recovery() as it_is')).toEqual([{ it_is: false }]);
  });
}

/** Runs what brings the events together, as docker/restore does; what each service said. */
export async function takeBackAll({ running: { stack } }: RestoreWorld): Promise<Record<string, string>> {
  const said: Record<string, string> = {};
  for (const service of TOLD) {
    const options = { env: { ...machineEnv(), ...stack.envOf(service) }, cwd: repositoryRoot };
    said[service] = await runProgram(service, process.execPath, programArgs({}, service, 'after-restore'), options);
  }
  return said;
}

export async function startServices({ running: { stack } }: RestoreWorld): Promise<void> {
  await Promise.all(serviceNames.map((service: ServiceName) => stack.services[service].start()));
}

/** What a subscriber has been told, in the order in which it came. */
export const toldTo = ({ requests }: Receiver): AnyEvent[] => requests.map(({ body }) => JSON.parse(body) as AnyEvent);

/** The copy that a subscriber makes by the rule of docs/webhooks.md: of each object what the greatest version says. */
export function copyOf(events: readonly AnyEvent[]): Map<string, AnyEvent> {
  const copy = new Map<string, AnyEvent>();
  for (const event of events) {
    const { id } = event.data.object;
    if ((copy.get(id)?.resource_version ?? -1) <= event.resource_version) copy.set(id, event);
  }
  return copy;
}

/** Objects of which a subscriber's copy says something else than the API does, one line each. */
export async function differences(api: Api, copy: ReadonlyMap<string, AnyEvent>): Promise<string[]> {
  const lines: string[] = [];
  for (const [id, { type, data }] of copy) {
    const kind = type.split('.')[0]!;
    if (kind === 'webhook') continue;
    const { status, body } = await api.get(`/${kind}s/${id}`);
    const object = data.object as Record<string, unknown>;
    if (status === 404) {
      const isGone = ['inactive', 'closed'].includes(String(object['status'])) || object['stage'] === 'rejected';
      if (!isGone) lines.push(`${kind} ${id} is gone, and the copy has it: ${JSON.stringify(object)}`);
    } else if (JSON.stringify(sorted(body)) !== JSON.stringify(sorted(object))) {
      lines.push(`${kind} ${id} is ${JSON.stringify(body)}, and in the copy ${JSON.stringify(object)}`);
    }
  }
  return lines;
}

const sorted = (object: Record<string, unknown>): [string, unknown][] =>
  Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** All that the feed has, read page by page from after an event, or from the beginning. */
export async function readFeed(api: Api, after?: string): Promise<AnyEvent[]> {
  const events: AnyEvent[] = [];
  for (let place = after; ;) {
    const page = await api.get(`/events?per_page=100${place === undefined ? '' : `&after=${place}`}`);
    expect(page.status).toBe(200);
    events.push(...(page.body.data as AnyEvent[]));
    if (!page.body.meta.has_more) return events;
    place = page.body.meta.next_after as string;
  }
}
