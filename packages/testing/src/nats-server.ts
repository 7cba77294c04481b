import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { natsPackage } from '@nexivo/local/binaries';
import { freePort } from '@nexivo/local/free-port';
import { ManagedProcess } from '@nexivo/local/managed-process';

/** A nats-server with a configuration of its own. */
export interface NatsServer {
  readonly port: number;
  /** Without credentials. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a nats-server on this machine.
 *
 * @param configure tells its configuration; the directory is its own, and goes with it
 * @param port a free one unless told
 */
export async function startNatsServer(configure: (dir: string) => string, port?: number): Promise<NatsServer> {
  const dir = mkdtempSync(join(tmpdir(), 'nexivo-nats-server-'));
  const listensAt = port ?? (await freePort());
  const config = join(dir, 'nats.conf');
  writeFileSync(config, configure(dir));
  const server = new ManagedProcess({
    name: 'nats',
    command: join(natsPackage().root, 'bin/nats-server'),
    args: ['--config', config, '--addr', '127.0.0.1', '--port', String(listensAt)],
    env: {},
    lifeline: 'guard',
    ready: () => reach(listensAt),
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await server.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { port: listensAt, url: `nats://127.0.0.1:${listensAt}`, stop };
}

const reach = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.end();
      resolve();
    });
    socket.once('error', reject);
  });

/** JetStream for a server that {@link startNatsServer} starts, as a line of its configuration. */
export const jetStreamIn = (dir: string, domain?: string): string =>
  `jetstream { store_dir: "${dir}/store"${domain ? `, domain: ${domain}` : ''} }`;
