import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstream } from '@nats-io/jetstream';
import { createUser } from '@nats-io/nkeys';
import { BusConnection } from '@nexivo/bus/connection';
import { checkBus } from '@nexivo/bus/server-check';
import type { BusSettings } from '@nexivo/bus/settings';
import { eventSubject } from '@nexivo/contracts/events';
import { freePort } from '@nexivo/local/free-port';
import { natsConfigFile, repositoryRoot } from '@nexivo/local/paths';
import { machineEnv, programArgs } from '@nexivo/local/services';
import { createLogger } from '@nexivo/runtime/logging';
import { authority, client, server as certified } from '@nexivo/testing/certificates';
import { natsOperator } from '@nexivo/testing/nats-credentials';
import { jetStreamIn, type NatsServer, startNatsServer } from '@nexivo/testing/nats-server';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { startWorld, type World } from '@nexivo/testing/world';
import { ConsumerFeed } from '../src/consumer.feed.js';
import { provisionEvents } from '../src/stream.js';

const dir = mkdtempSync(join(tmpdir(), 'nexivo-nats-'));
let world: World;
const started: NatsServer[] = [];

beforeAll(async () => {
  world = await startWorld();
});
afterEach(async () => {
  for (const server of started.splice(0).toReversed()) await server.stop();
});
afterAll(async () => {
  await world.stop();
  rmSync(dir, { recursive: true, force: true });
});

const start = async (configure: (own: string) => string): Promise<NatsServer> => {
  const server = await startNatsServer(configure);
  started.push(server);
  return server;
};

let files = 0;
/** A file for a setting to name. */
function file(content: string): string {
  const path = join(dir, `file-${files++}`);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** All that a release does with a server before it publishes. */
const use = async (settings: BusSettings): Promise<void> => {
  await checkBus(settings, { waitForMs: 0, report: () => undefined });
  await provisionEvents(settings, []);
};

/** What a program of jobs says on standard error that ends with 1 when it is told of that server; its migrate step unless told. */
async function lastWordsOf(env: Record<string, string>, program: 'main' | 'migrate' = 'migrate'): Promise<string> {
  const options = {
    env: { ...machineEnv(), DATABASE_URL: world.urlOf('jobs'), LOG_LEVEL: 'fatal', HEALTH_HOST: '127.0.0.1', ...env },
    cwd: repositoryRoot,
    timeout: scaled(60_000),
  };
  const args = programArgs({ fromSources: true }, 'jobs', program);
  const [code, stderr] = await new Promise<[unknown, string]>((resolve) => {
    execFile(process.execPath, args, options, (error, _stdout, said) => resolve([error?.code, said]));
  });
  expect({ code, stderr }).toEqual({ code: 1, stderr });
  return stderr.replace(/\n$/, '');
}

/** A server that says of itself that it is of this version, lets anybody in, and does no more. */
async function fakeServer(version: string) {
  const info = { server_id: 'old', version, proto: 1, max_payload: 1_048_576, headers: true, jetstream: true };
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
    socket.on('data', (data) => {
      if (data.includes('PING')) socket.write('PONG\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

/** A server with TLS, which is called `localhost` in its certificate. */
async function startWithTls({ verify = false } = {}): Promise<NatsServer> {
  const files = { cert_file: file(certified.cert), key_file: file(certified.key), ca_file: file(authority) };
  const settings = Object.entries(files).map(([name, path]) => `${name}: "${path}"`);
  return start((own) => `${jetStreamIn(own)}\ntls { ${settings.join(', ')}, verify: ${verify} }`);
}
const byName = ({ port }: NatsServer): string => `nats://localhost:${port}`;

describe('a NATS server lets us in by', () => {
  it('a token, and one that is wrong is named as what is wrong', async () => {
    const { url, port } = await start((own) => `${jetStreamIn(own)}\nauthorization { token: t0ken }`);
    await use({ NATS_URL: [url], NATS_TOKEN: 't0ken' });
    expect(await lastWordsOf({ NATS_URL: url, NATS_TOKEN: 'other' }, 'main')).toBe(
      `NATS at 127.0.0.1:${port} refuses the token of NATS_TOKEN`,
    );
    expect(await lastWordsOf({ NATS_URL: url })).toBe(
      `NATS at 127.0.0.1:${port} lets nobody in who does not say who he is: ` +
        'set NATS_TOKEN, NATS_CREDS or NATS_NKEY, or user and password in NATS_URL',
    );
  });

  it('a file of credentials, a JWT and its seed', async () => {
    const operator = natsOperator();
    const { url, port } = await start((own) => `${jetStreamIn(own)}\n${operator.config}`);
    await use({ NATS_URL: [url], NATS_CREDS: file(operator.credentials('nexivohr')) });
    const foreign = file(natsOperator().credentials('nexivohr'));
    expect(await lastWordsOf({ NATS_URL: url, NATS_CREDS: foreign })).toBe(
      `NATS at 127.0.0.1:${port} refuses the credentials of NATS_CREDS`,
    );
    const none = file('nothing of that kind');
    expect(await lastWordsOf({ NATS_URL: url, NATS_CREDS: none })).toBe(
      `NATS_CREDS names a file that holds no credentials: ${none}`,
    );
    expect(await lastWordsOf({ NATS_URL: url, NATS_CREDS: `${none}.gone` })).toContain(
      'NATS_CREDS: must be a file that this process may read',
    );
  });

  it('the seed of an NKEY', async () => {
    const user = createUser();
    const config = `authorization { users: [{ nkey: ${user.getPublicKey()} }] }`;
    const { url, port } = await start((own) => `${jetStreamIn(own)}\n${config}`);
    const seedOf = (of: typeof user) => file(`${new TextDecoder().decode(of.getSeed())}\n`);
    await use({ NATS_URL: [url], NATS_NKEY: seedOf(user) });
    await expect(use({ NATS_URL: [url], NATS_NKEY: seedOf(createUser()) })).rejects.toThrow(
      `NATS at 127.0.0.1:${port} refuses the seed of NATS_NKEY`,
    );
  });

  it('one way at a time', async () => {
    const both: BusSettings = { NATS_URL: ['nats://user:password@127.0.0.1:1'], NATS_TOKEN: 't0ken' };
    await expect(use(both)).rejects.toThrow(/the user and password of NATS_URL and the token of NATS_TOKEN: there can/);
  });

  it('TLS, with an authority of its own and with a certificate of the client', async () => {
    const NATS_CA = file(authority);
    const [NATS_CERT, NATS_KEY] = [file(client.cert), file(client.key)];
    const plain = await startWithTls();
    await use({ NATS_URL: [byName(plain)], NATS_CA });
    const verifying = await startWithTls({ verify: true });
    const url = byName(verifying);
    await use({ NATS_URL: [url], NATS_CA, NATS_CERT, NATS_KEY });
    expect(await lastWordsOf({ NATS_URL: url, NATS_CA })).toBe(
      `NATS at localhost:${verifying.port} asks for the client's certificate: name it by NATS_CERT, and its key by NATS_KEY`,
    );
    // It is certified, but as a server.
    const [cert, key] = [file(certified.cert), file(certified.key)];
    await expect(use({ NATS_URL: [url], NATS_CA, NATS_CERT: cert, NATS_KEY: key })).rejects.toThrow(
      /does not take the certificate of NATS_CERT/,
    );
    await expect(use({ NATS_URL: [url], NATS_CA, NATS_CERT, NATS_KEY: key })).rejects.toThrow(
      /cannot be shown NATS_CERT with NATS_KEY: .*key values mismatch/,
    );
    await expect(use({ NATS_URL: [url], NATS_CA, NATS_CERT })).rejects.toThrow(/belong together/);
  });

  it('TLS, where it is asked for, and with nobody but whom it was asked of', async () => {
    const server = await startWithTls();
    const place = `localhost:${server.port}`;
    expect(await lastWordsOf({ NATS_URL: byName(server) })).toBe(
      `NATS at ${place} has a certificate that is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE): ` +
        'name the authority that has signed it by NATS_CA',
    );
    await expect(use({ NATS_URL: [server.url], NATS_CA: file(authority) })).rejects.toThrow(
      /has the certificate of another host: .*127\.0\.0\.1/,
    );
    const { url } = await start(jetStreamIn);
    await expect(use({ NATS_URL: [url.replace('nats:', 'tls:')] })).rejects.toThrow(/has no TLS/);
  });
});

describe('a prefix', () => {
  const NATS_PREFIX = 'hr';

  it('keeps two installations on one server apart', async () => {
    const { url } = await start(jetStreamIn);
    await use({ NATS_URL: [url], NATS_PREFIX });
    await use({ NATS_URL: [url] });
    const bus = await BusConnection.to({ NATS_URL: [url] }, 'test', createLogger('test', 'fatal'));
    const { streams } = await jetstream(bus.nats).jetstreamManager();
    const found = (await streams.list().next()).map(({ config }) => [config.name, config.subjects]);
    expect(Object.fromEntries(found)).toEqual({ EVENTS: ['events.>'], 'hr-EVENTS': ['hr.events.>'] });
    await bus.onApplicationShutdown();
  });

  it('needs the rights that docs/operate-nats.md makes of those without', async () => {
    const expression = /sed -E '([^']+)'/.exec(readFileSync(join(repositoryRoot, 'docs/operate-nats.md'), 'utf8'))![1]!;
    const rights = execFileSync('sed', ['-E', expression, natsConfigFile], { encoding: 'utf8' });
    const { url } = await start((own) => {
      const storedIn = rights.replace('jetstream {', `jetstream {\n  store_dir: "${own}/store"`);
      return storedIn.replaceAll(/\$NATS_(\w+)_PASSWORD/g, (_, user: string) => `test-${user.toLowerCase()}`);
    });
    const as = (user: string): BusSettings => ({
      NATS_URL: [url.replace('//', `//${user}:test-${user}@`)],
      NATS_PREFIX,
    });
    const fanOut = { durable: 'webhooks-fan-out', types: ['candidate.created'] } as const;
    await provisionEvents(as('migrate'), [fanOut]);
    const [candidates, webhooks, gateway] = await Promise.all(
      ['candidates', 'webhooks', 'gateway'].map((user) =>
        BusConnection.to(as(user), 'test', createLogger('test', 'fatal')),
      ),
    );
    const subject = candidates!.names.subject(eventSubject('candidate.created', '019ab2f0'));
    expect((await candidates!.nats.request(subject, '{}')).json()).toMatchObject({ stream: 'hr-EVENTS', seq: 1 });
    const feed = new ConsumerFeed(webhooks!, fanOut.durable, 1, createLogger('test', 'fatal'));
    feed.start();
    const [message] = await eventually(async () => {
      const messages = await feed.take(1, 1_000);
      expect(messages).toHaveLength(1);
      return messages;
    });
    expect(message).toMatchObject({ subject: 'events.candidate.019ab2f0.created', seq: 1 });
    await feed.close();
    const ask = (plain: string) => gateway!.nats.request(gateway!.names.subject(plain), '', { timeout: 2_000 });
    await expect(ask('jobs.list')).rejects.toThrow(/no responders/i);
    await expect(ask('events.job.019ab2f0.created')).rejects.toThrow(/permission/i);
    await Promise.all([candidates, webhooks, gateway].map((each) => each!.onApplicationShutdown()));
  });
});

describe('a NATS server on which the product cannot run, told in one line with 1,', () => {
  it('is one that refuses who asks', async () => {
    const { nats } = world;
    const wrong = nats.urlFor('jobs').replace('test-jobs', 'wrong');
    expect(await lastWordsOf({ NATS_URL: wrong }, 'main')).toBe(
      `NATS at 127.0.0.1:${nats.port} refuses the user and password of NATS_URL`,
    );
  });

  it('is one that is not there: a migrate step waits, and then says so', async () => {
    const port = await freePort();
    const told: string[] = [];
    const waiting = checkBus(
      { NATS_URL: [`nats://127.0.0.1:${port}`] },
      { waitForMs: 600, report: (line) => void told.push(line) },
    );
    const line = `NATS at 127.0.0.1:${port} cannot be reached: connection refused`;
    await expect(waiting).rejects.toThrow(new RegExp(`^${line}$`));
    expect(told).toEqual([`${line}; trying on`]);
  });

  it('is one older than 2.10', async () => {
    const [old, current] = [await fakeServer('2.9.25'), await fakeServer('2.10.0')];
    expect(await lastWordsOf({ NATS_URL: old.url })).toMatch(
      /^NATS 2\.9\.25 at [\d.:]+ is too old: version 2\.10 or newer is needed$/,
    );
    await checkBus({ NATS_URL: [current.url] }, { waitForMs: 0, report: () => undefined });
    old.close();
    current.close();
  });

  it('is one that lets its user make no stream: the right that is missing is named', async () => {
    expect(await lastWordsOf({ NATS_URL: world.nats.urlFor('gateway') })).toBe(
      `NATS at 127.0.0.1:${world.nats.port} does not let this user publish $JS.API.STREAM.INFO.EVENTS: ` +
        'the rights are told in docs/operate-nats.md',
    );
  });

  it('is one without JetStream', async () => {
    const { url, port } = await start(() => '');
    expect(await lastWordsOf({ NATS_URL: url })).toBe(
      `NATS at 127.0.0.1:${port} has no JetStream: start it with --jetstream, enable it for this account, ` +
        'or name the domain that has it by NATS_JS_DOMAIN if this is a leaf node',
    );
  });

  it('is a leaf node whose hub has JetStream, unless its domain is named', async () => {
    const leafPort = await freePort();
    const hub = await start((own) => `${jetStreamIn(own, 'hub')}\nleafnodes { listen: "127.0.0.1:${leafPort}" }`);
    const { url } = await start(() => `leafnodes { remotes: [{ url: "nats://127.0.0.1:${leafPort}" }] }`);
    expect(await lastWordsOf({ NATS_URL: url })).toMatch(/^NATS at [\d.:]+ has no JetStream: .* NATS_JS_DOMAIN/);
    await use({ NATS_URL: [url], NATS_JS_DOMAIN: 'hub' });
    await use({ NATS_URL: [hub.url] });
  });
});
