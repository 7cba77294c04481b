import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { EVENT_TYPES } from '@nexivo/contracts/events';
import { join } from 'node:path';
import { natsUsers, startNats, type Nats, type NatsUser } from '../src/nats.js';
import { freePort } from '../src/free-port.js';
import { isAlive } from '../src/process-table.js';
import { randomPassword } from '../src/secrets.js';
import { serviceNames } from '../src/services.js';
import { waitUntil } from '../src/wait.js';
import { removeTemporaryDirectories, temporaryDirectory } from './support.js';

const passwords = Object.fromEntries(natsUsers.map((user) => [user, randomPassword()])) as Record<NatsUser, string>;
const commandedServices = serviceNames.filter((name) => name !== 'gateway');
const connections: NatsConnection[] = [];
let dataDir: string;
let nats: Nats;

async function connectAs(user: NatsUser, inboxPrefix = `_INBOX_${user}`): Promise<NatsConnection> {
  const url = new URL(nats.urlFor(user));
  const connection = await connect({ servers: url.host, user: url.username, pass: url.password, inboxPrefix });
  connections.push(connection);
  return connection;
}

/** Answers every request with the user's name. */
async function respond(user: NatsUser, subject: string): Promise<void> {
  const connection = await connectAs(user);
  connection.subscribe(subject, { queue: user, callback: (_, message) => void message.respond(user) });
  await connection.flush();
}

async function ask(user: NatsUser, subject: string): Promise<string> {
  const connection = await connectAs(user);
  return (await connection.request(subject, '', { timeout: 2_000 })).string();
}

/** Resolves with the error by which the server refuses the subscription. */
async function refusalOfSubscription(user: NatsUser, subject: string): Promise<string> {
  const connection = await connectAs(user);
  return new Promise((resolve) => {
    connection.subscribe(subject, { callback: (error) => resolve(error?.message ?? 'it was allowed') });
  });
}

beforeEach(async () => {
  dataDir = temporaryDirectory();
  nats = await startNats({ dataDir, passwords });
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
  await nats.stop();
});
afterAll(removeTemporaryDirectories);

describe('startNats', () => {
  test('comes back by itself on the same port after kill -9', async () => {
    const pid = nats.process.pid;
    nats.process.kill('SIGKILL');
    await waitUntil('another process', () => nats.process.pid !== undefined && nats.process.pid !== pid);
    await nats.process.ready();
    await respond('jobs', 'jobs.>');
    expect(await ask('gateway', 'jobs.get')).toBe('jobs');
  });

  test('ends a server that an earlier run left behind, and stops without a trace', async () => {
    const abandoned = nats.process.pid ?? 0;
    const second = await startNats({ dataDir, passwords, monitorPort: await freePort() });
    expect(isAlive(abandoned)).toBe(false);
    const response = await fetch(`http://127.0.0.1:${second.monitorPort}/jsz?config=true`);
    const { config } = (await response.json()) as { config: Record<string, unknown> };
    expect(config).toMatchObject({ sync_always: true, store_dir: join(dataDir, 'nats/jetstream') });
    const pid = second.process.pid ?? 0;
    await second.stop();
    expect(isAlive(pid)).toBe(false);
  });
});

describe('permissions on the bus', () => {
  test('the gateway commands the services and each answers', async () => {
    for (const service of commandedServices) {
      await respond(service, `${service}.>`);
      expect(await ask('gateway', `${service}.create`)).toBe(service);
    }
  });

  test('the admin reaches the accounts and tokens of the gateway, dead letters, and nothing else', async () => {
    await respond('gateway', 'accounts.>');
    await respond('gateway', 'tokens.>');
    await respond('candidates', 'candidates.>');
    expect(await ask('admin', 'accounts.create')).toBe('gateway');
    expect(await ask('admin', 'tokens.create')).toBe('gateway');
    expect(await ask('admin', 'candidates.dead_letters.list')).toBe('candidates');
    await expect(ask('admin', 'candidates.get')).rejects.toThrow(/permission/i);
  });

  test('submissions looks up jobs and candidates and cannot change them', async () => {
    await respond('jobs', 'jobs.>');
    await respond('candidates', 'candidates.>');
    expect(await ask('submissions', 'jobs.get')).toBe('jobs');
    expect(await ask('submissions', 'candidates.get')).toBe('candidates');
    await expect(ask('submissions', 'jobs.create')).rejects.toThrow(/permission/i);
  });

  test('no other service commands anybody', async () => {
    for (const service of commandedServices.filter((name) => name !== 'submissions')) {
      await expect(ask(service, 'submissions.create')).rejects.toThrow(/permission/i);
      await expect(ask(service, 'accounts.create')).rejects.toThrow(/permission/i);
    }
  });

  test('nobody but the admin reaches dead letters', async () => {
    await respond('candidates', 'candidates.>');
    for (const user of ['gateway', 'submissions', 'migrate'] as const) {
      await expect(ask(user, 'candidates.dead_letters.list')).rejects.toThrow(/permission/i);
    }
  });

  test('nobody listens to the commands or the replies of another', async () => {
    expect(await refusalOfSubscription('jobs', 'candidates.>')).toMatch(/permission/i);
    expect(await refusalOfSubscription('webhooks', '_INBOX_gateway.>')).toMatch(/permission/i);
    expect(await refusalOfSubscription('candidates', '_INBOX.>')).toMatch(/permission/i);
    expect(await refusalOfSubscription('admin', '>')).toMatch(/permission/i);
  });
});

describe('permissions on events', () => {
  /** What JetStream answers; it has no stream here unless one is made. */
  const askJetStream = async (user: NatsUser, subject: string, body: unknown = ''): Promise<JetStreamAnswer> => {
    const connection = await connectAs(user);
    const payload = body === '' ? '' : JSON.stringify(body);
    return (await connection.request(subject, payload, { timeout: 2_000 })).json();
  };
  interface JetStreamAnswer {
    seq?: number;
    error?: { description: string };
  }
  const stream = { name: 'EVENTS', subjects: ['events.>'], storage: 'memory' };
  const createStream = (user: NatsUser): Promise<JetStreamAnswer> =>
    askJetStream(user, '$JS.API.STREAM.CREATE.EVENTS', stream);

  test('only the migrate step makes or changes the stream and consumers, and it can do no more', async () => {
    expect((await createStream('migrate')).error).toBeUndefined();
    for (const user of natsUsers.filter((name) => name !== 'migrate')) {
      await expect(createStream(user)).rejects.toThrow(/permission/i);
      await expect(ask(user, '$JS.API.STREAM.UPDATE.EVENTS')).rejects.toThrow(/permission/i);
      await expect(ask(user, '$JS.API.CONSUMER.CREATE.EVENTS.mine')).rejects.toThrow(/permission/i);
    }
    for (const subject of [
      '$JS.API.STREAM.DELETE.EVENTS',
      '$JS.API.STREAM.PURGE.EVENTS',
      '$JS.API.STREAM.CREATE.OTHER',
      '$JS.API.DIRECT.GET.EVENTS',
      '$JS.API.CONSUMER.MSG.NEXT.EVENTS.webhooks-fan-out',
      'events.candidate.created',
      'events.candidate.019ab2f0.created',
    ]) {
      await expect(ask('migrate', subject)).rejects.toThrow(/permission/i);
    }
  });

  test('nobody deletes or purges the stream, its messages or its consumers', async () => {
    for (const user of natsUsers) {
      for (const action of ['STREAM.DELETE.EVENTS', 'STREAM.PURGE.EVENTS', 'STREAM.MSG.DELETE.EVENTS']) {
        await expect(ask(user, `$JS.API.${action}`)).rejects.toThrow(/permission/i);
      }
      await expect(ask(user, '$JS.API.CONSUMER.DELETE.EVENTS.webhooks-fan-out')).rejects.toThrow(/permission/i);
    }
  });

  test('a service publishes events of its own resources, and nobody those of another', async () => {
    await createStream('migrate');
    const owners = { candidate: 'candidates', job: 'jobs', submission: 'submissions', webhook: 'webhooks' } as const;
    expect(Object.keys(owners)).toEqual([...new Set(EVENT_TYPES.map((type) => type.split('.', 1)[0]))]);
    for (const [resource, owner] of Object.entries(owners)) {
      // The second is the form of 0.1, whose replicas run beside this release while it is rolled out. It had no events of webhooks.
      const before = resource === 'webhook' ? [] : [`events.${resource}.created`];
      for (const subject of [`events.${resource}.019ab2f0.created`, ...before]) {
        expect((await askJetStream(owner, subject)).seq).toBeGreaterThan(0);
        for (const user of natsUsers.filter((name) => name !== owner)) {
          await expect(ask(user, subject)).rejects.toThrow(/permission/i);
        }
      }
    }
  });

  test('a service takes and settles the messages of its own consumers alone', async () => {
    const owners = { 'candidates-submission-placed': 'candidates', 'webhooks-fan-out': 'webhooks' } as const;
    for (const [durable, owner] of Object.entries(owners)) {
      for (const user of natsUsers.filter((name) => name !== owner)) {
        await expect(ask(user, `$JS.API.CONSUMER.MSG.NEXT.EVENTS.${durable}`)).rejects.toThrow(/permission/i);
        await expect(ask(user, `$JS.ACK.EVENTS.${durable}.1.1.1.1.0`)).rejects.toThrow(/permission/i);
      }
    }
  });

  test('nobody listens to events beside the stream', async () => {
    for (const user of natsUsers) expect(await refusalOfSubscription(user, 'events.>')).toMatch(/permission/i);
  });
});
