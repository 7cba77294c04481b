import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { type Postgres, startPostgres } from '@nexivo/local/postgres';
import type { StackOptions } from '@nexivo/local/stack';
import type { Api } from '@nexivo/testing/api';
import { installedPostgres } from '@nexivo/testing/installed-postgres';
import { natsOperator } from '@nexivo/testing/nats-credentials';
import { jetStreamIn, startNatsCluster, startNatsServer } from '@nexivo/testing/nats-server';
import { hasPooler, startPooler } from '@nexivo/testing/pooler';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { askDatabase } from '@nexivo/testing/sql';
import { describeJourney } from './journey.js';
import { runStack } from './running-stack.js';

/** Starts the servers, tells the stack of them, and has them stopped when the stack has been. */
type Servers = (defer: (stop: () => unknown) => void) => Promise<Partial<StackOptions>>;

/** The whole stack on servers that are not its own. */
function describeOn(title: string, servers: Servers, isInstalled = true): void {
  (isInstalled ? describe : describe.skip)(title, () => {
    const started = new AsyncDisposableStack();
    let receiver: Receiver;
    let api: Api;

    beforeAll(async () => {
      const options = await servers((stop) => started.defer(async () => void (await stop())));
      const running = await runStack({ ...options, env: { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true', ...options.env } });
      started.defer(() => running.stop());
      receiver = await startReceiver();
      started.defer(() => receiver.stop());
      api = await running.client();
    });
    afterAll(() => started.disposeAsync());

    describeJourney(() => ({ api, receiver }));
  });
}

/** A server with a database that belongs to a role, which may do nothing else, and the URL of that. */
async function startWithOneRole(
  defer: Parameters<Servers>[0],
  server?: Parameters<typeof startPostgres>[0]['server'],
): Promise<{ postgres: Postgres; url: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-servers-'));
  defer(() => {
    removeOutsideDirectory(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  });
  const postgres = await startPostgres({ dataDir, server, settings: { fsync: 'off' } });
  defer(() => postgres.stop());
  await askDatabase(postgres.url, `create role ats login password 'ats'`);
  await askDatabase(postgres.url, `create database ats owner ats`);
  return { postgres, url: `postgres://ats:ats@127.0.0.1:${postgres.port}/ats` };
}

for (const server of installedPostgres()) {
  describeOn(`on PostgreSQL ${server.version}, as one role that owns its database and nothing else`, async (defer) => ({
    databaseUrl: (await startWithOneRole(defer, server)).url,
  }));
}

describeOn(
  'on the embedded PostgreSQL through a pooler, as one role, and a NATS that others use, too, by a token and a prefix',
  async (defer) => {
    const { url } = await startWithOneRole(defer);
    const pooler = await startPooler('session', [url]);
    defer(() => pooler.stop());
    const nats = await startNatsServer((own) => `${jetStreamIn(own)}\nauthorization { token: t0ken }`);
    defer(() => nats.stop());
    const natsEnv = { NATS_TOKEN: 't0ken', NATS_PREFIX: 'acme.hr' };
    return { databaseUrl: pooler.urlOf(url), natsUrl: nats.url, natsEnv };
  },
  hasPooler(),
);

describeOn('on three nodes of NATS that each keep every event, by a file of credentials', async (defer) => {
  const operator = natsOperator();
  const nodes = await startNatsCluster(operator.config);
  for (const node of nodes) defer(() => node.stop());
  const dir = mkdtempSync(join(tmpdir(), 'nexivo-credentials-'));
  defer(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'nexivohr.creds');
  writeFileSync(file, operator.credentials('nexivohr'), { mode: 0o600 });
  return {
    natsUrl: nodes.map(({ url }) => url).join(','),
    natsEnv: { NATS_CREDS: file },
    env: { EVENTS_REPLICAS: '3' },
  };
});
