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
  /** Ends it at once, as a machine that loses its power does. */
  kill(): void;
  /** Starts it again with what it has on disk. */
  restart(): Promise<void>;
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
    autoRestart: false,
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
  const [kill, restart] = [() => server.kill('SIGKILL'), () => server.restart()];
  return { port: listensAt, url: `nats://127.0.0.1:${listensAt}`, kill, restart, stop };
}

/**
 * Starts three nats-servers that are one cluster with JetStream.
 *
 * @param configure what else there is to tell each of them
 */
export async function startNatsCluster(configure: string): Promise<NatsServer[]> {
  const ports: number[] = [];
  while (ports.length < 6) ports.push(await freePort());
  const routes = ports.slice(3).map((port) => `"nats://127.0.0.1:${port}"`);
  return Promise.all(
    routes.map((route, index) =>
      startNatsServer(
        (own) => `
          server_name: node-${index}
          ${jetStreamIn(own)}
          ${configure}
          cluster { name: three, listen: ${route.replace('nats://', '')}, routes: [${routes.join(', ')}] }`,
        ports[index],
      ),
    ),
  );
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
