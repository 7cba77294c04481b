import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkBus } from '@nexivo/bus/server-check';
import { natsPackage } from '@nexivo/local/binaries';
import { freePort } from '@nexivo/local/free-port';
import { ManagedProcess } from '@nexivo/local/managed-process';
import { type Nats, type NatsUser, natsUsers, startNats } from '@nexivo/local/nats';
import { repositoryRoot } from '@nexivo/local/paths';
import { runProgram } from '@nexivo/local/run-program';
import { machineEnv, programArgs } from '@nexivo/local/services';
import { provisionEvents } from '../src/stream.js';

const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-nats-'));
let nats: Nats;

beforeAll(async () => {
  const passwords = Object.fromEntries(natsUsers.map((user) => [user, `test-${user}`])) as Record<NatsUser, string>;
  nats = await startNats({ dataDir, passwords });
});
afterAll(async () => {
  await nats.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const check = (url: string) => checkBus([url], { waitForMs: 0, report: () => undefined });

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

/** A server whose JetStream is off. */
async function startWithoutJetStream() {
  const port = await freePort();
  const config = join(dataDir, 'plain.conf');
  writeFileSync(config, '');
  const server = new ManagedProcess({
    name: 'nats',
    command: join(natsPackage().root, 'bin/nats-server'),
    args: ['--config', config, '--addr', '127.0.0.1', '--port', String(port)],
    env: {},
    lifeline: 'guard',
    ready: () => check(`nats://127.0.0.1:${port}`),
  });
  await server.start();
  return { url: `nats://127.0.0.1:${port}`, stop: () => server.stop() };
}

describe('a NATS server on which the product cannot run', () => {
  it('is one that refuses who asks, or is not there', async () => {
    const wrong = nats.urlFor('gateway').replace('test-gateway', 'wrong');
    await expect(check(wrong)).rejects.toThrow(
      `NATS at 127.0.0.1:${nats.port} refuses the user or password of NATS_URL`,
    );
    await expect(check(`nats://127.0.0.1:${await freePort()}`)).rejects.toThrow(/cannot be reached/);
    await check(nats.urlFor('gateway'));
  });

  it('is one older than 2.10', async () => {
    const [old, current] = [await fakeServer('2.9.25'), await fakeServer('2.10.0')];
    await expect(check(old.url)).rejects.toThrow(/NATS 2\.9\.25 .* is too old: version 2\.10 or newer is needed/);
    await check(current.url);
    old.close();
    current.close();
  });

  it('is one that lets its user make no stream: the right that is missing is named', async () => {
    await expect(provisionEvents(nats.urlFor('gateway'), [])).rejects.toThrow(
      /does not let this user publish \$JS\.API\.STREAM\.INFO\.EVENTS/,
    );
  });

  it('is one without JetStream', async () => {
    const plain = await startWithoutJetStream();
    await expect(provisionEvents(plain.url, [])).rejects.toThrow(/has no JetStream/);
    await plain.stop();
  });

  it('is told in one line by a service, which ends with 1', async () => {
    const env = {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
      NATS_URL: nats.urlFor('jobs').replace('test-jobs', 'wrong'),
      LOG_LEVEL: 'fatal',
    };
    const run = runProgram('jobs', process.execPath, programArgs({ fromSources: true }, 'jobs', 'main'), {
      env: { ...machineEnv(), ...env },
      cwd: repositoryRoot,
    });
    await expect(run).rejects.toThrow(
      /^jobs failed with exit code 1:\nNATS at [\d.:]+ refuses the user or password of NATS_URL$/,
    );
  });
});
