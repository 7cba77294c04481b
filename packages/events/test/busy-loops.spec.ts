import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { failuresByLoop } from '@nexivo/runtime/failure-log';
import { eventually } from '@nexivo/testing/poll';
import { pino } from 'pino';
import { DataSource } from 'typeorm';
import { OutboxSweeper } from '../src/outbox.sweeper.js';
import { Reconciler } from '../src/reconciler.js';
import { Relay } from '../src/relay.js';
import { type PublishingWorld, startPublishingWorld } from './publishing-world.js';
import { connectTo } from './relays.js';

let world: PublishingWorld;
beforeAll(async () => {
  world = await startPublishingWorld();
});
afterAll(() => world.stop());

it('loops whose pool is full say that it is busy: nothing is away, and nothing an error', async () => {
  const lines: { level: number; loop: string; msg: string }[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const database = await new DataSource({
    type: 'postgres',
    url: world.databaseUrl,
    poolSize: 1,
    connectTimeoutMS: 100,
  }).initialize();
  const taken = database.createQueryRunner();
  await taken.connect();
  const bus = await connectTo(world.natsUrl);
  const relay = new Relay(database, bus, logger);
  const reconciler = new Reconciler(database, bus, logger);
  const sweeper = new OutboxSweeper(database, logger);
  relay.start();
  reconciler.start();
  sweeper.start(10);
  const loops = ['outbox', 'reconciler', 'sweeper'];
  await eventually(() => {
    for (const loop of loops) expect(failuresByLoop.get(loop)).toBeGreaterThan(0);
  });
  const BUSY = loops.map((loop) => ({
    level: pino.levels.values['warn'],
    msg: `${loop}: what it needs is busy; trying on`,
  }));
  const told = (): unknown[] =>
    lines.map(({ level, msg }) => ({ level, msg })).toSorted((a, b) => (a.msg < b.msg ? -1 : 1));
  expect(told()).toEqual(BUSY);
  await taken.release();
  // They have one connection between them: on a busy machine one may still wait too long for the others, and say so again.
  // The reconciler's next turn is minutes away.
  await eventually(() => {
    for (const loop of ['outbox', 'sweeper'])
      expect(lines).toContainEqual(expect.objectContaining({ msg: `${loop}: works again` }));
  });
  const allowed = new Set([...BUSY.map(({ msg }) => msg), ...loops.map((loop) => `${loop}: works again`)]);
  expect(lines.filter(({ level, msg }) => level > pino.levels.values['warn']! || !allowed.has(msg))).toEqual([]);
  await Promise.all([relay.stop(), reconciler.onModuleDestroy(), sweeper.onModuleDestroy()]);
  await bus.onApplicationShutdown();
  await database.destroy();
});
