/**
 * One replica of a service that consumes, as a process of its own that can be killed. It dies at exact
 * points.
 */
import { writeSync } from 'node:fs';
import { EVENT_TYPES } from '@nexivo/contracts/events';
import { ack, type EventHandler } from '@nexivo/events/consumer';
import { ConsumerRunner } from '@nexivo/events/consumer.runner';
import { BusConnection } from '@nexivo/bus/connection';
import { createLogger } from '@nexivo/runtime/logging';
import { DataSource } from 'typeorm';
import type { Death } from './consuming-process.js';

const [death, poison, order, databaseUrl, natsUrl] = process.argv.slice(2) as [Death, string, string, string, string];
const die = (): void => void process.kill(process.pid, 'SIGKILL');

const handler: EventHandler = {
  consumer: { durable: 'webhooks-fan-out', types: EVENT_TYPES, batchSize: 100, inOrder: order !== '' },
  handle: async (tx, events) => {
    const ids = events.map(({ event }) => event.id);
    await tx.query('insert into effects (event_id) select unnest($1::text[])', [ids]);
    if (death === 'before the commit' || (death === 'of the poison' && ids.includes(poison))) {
      die();
      // Signals take a moment.
      await new Promise(() => undefined);
    }
    return ack();
  },
  committed: () => {
    if (death === 'after the commit') die();
  },
};

const logger = createLogger('consumer', 'silent');
const database = await new DataSource({ type: 'postgres', url: databaseUrl, poolSize: 3 }).initialize();
const bus = await BusConnection.to({ NATS_URL: [natsUrl] }, 'consumer', logger);
const options = { duePollMs: 20, retryDelaysMs: [20, 20, 20, 20, 20], leaseMs: 20 };
const runner = new ConsumerRunner(bus, database, handler, logger, undefined, options);
runner.start();
writeSync(1, 'running\n');
