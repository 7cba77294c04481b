import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@nexivo/testing/poll';
import { startWorld, type World } from '@nexivo/testing/world';
import { Shutdown } from '@nexivo/runtime/shutdown';
import pg from 'pg';
import { webhooksService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { webhooksEnv } from '../src/env.js';

let world: World;
let app: Awaited<ReturnType<World['start']>>;

beforeAll(async () => {
  world = await startWorld();
  app = await world.start({ name: 'webhooks', env: webhooksEnv, database, options: webhooksService });
});
afterAll(() => world.stop());

async function health(probe: 'live' | 'ready'): Promise<{ status: number; body: unknown }> {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/health/${probe}`);
  return { status: response.status, body: await response.json() };
}

const READY = { status: 200, body: { status: 'ready', database: 'ok', bus: 'ok', clock: 'ok', stream: 'ok' } };

describe('health', () => {
  it('is live and ready once the service has started', async () => {
    await expect(health('live')).resolves.toEqual({ status: 200, body: { status: 'live' } });
    await expect(health('ready')).resolves.toEqual(READY);
  });

  it('is live but not ready while the bus is away, says which part it is, and comes back by itself', async () => {
    await world.nats.process.stop();
    await eventually(async () =>
      expect(await health('ready')).toEqual({
        status: 503,
        body: { ...READY.body, status: 'not ready', bus: 'away' },
      }),
    );
    await expect(health('live')).resolves.toMatchObject({ status: 200 });
    await world.nats.process.start();
    await eventually(async () => expect(await health('ready')).toEqual(READY));
  });

  it('is not ready before the database has been migrated as far as this version needs, and is by itself afterwards', async () => {
    const NOT_MIGRATED = { status: 503, body: { ...READY.body, status: 'not ready', database: 'not migrated' } };
    await world.sql('webhooks', 'alter table migrations rename to hidden');
    await expect(health('ready')).resolves.toEqual(NOT_MIGRATED);
    await world.sql('webhooks', 'alter table hidden rename to migrations');
    await world.sql('webhooks', 'create table undone_migrations as select * from migrations');
    await world.sql('webhooks', 'delete from migrations');
    await expect(health('ready')).resolves.toEqual(NOT_MIGRATED);
    await world.sql('webhooks', 'insert into migrations select * from undone_migrations');
    await expect(health('ready')).resolves.toEqual(READY);
    // A later version has migrated further.
    await world.sql('webhooks', `insert into migrations (timestamp, name) values (9, 'Later9')`);
    await expect(health('ready')).resolves.toEqual(READY);
  });

  it('stays ready while its database is slow to answer, and is not after ten seconds', async () => {
    await expect(health('ready')).resolves.toEqual(READY);
    const blocking = new pg.Client({ connectionString: world.urlOf('webhooks') });
    await blocking.connect();
    await blocking.query('begin; lock table migrations in access exclusive mode');
    await expect(health('ready')).resolves.toEqual(READY);
    await eventually(async () => expect(await health('ready')).toMatchObject({ body: { database: 'away' } }));
    await blocking.query('rollback');
    await blocking.end();
    await eventually(async () => expect(await health('ready')).toEqual(READY));
  });

  it('is not ready any more from the moment on that the service is told to stop, but still live', async () => {
    app.get(Shutdown).begin();
    await expect(health('ready')).resolves.toMatchObject({ status: 503, body: { status: 'stopping' } });
    await expect(health('live')).resolves.toMatchObject({ status: 200 });
  });
});
