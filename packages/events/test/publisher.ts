/**
 * One replica of a service that publishes, as a process of its own that can be killed. Its faults happen at
 * exact points.
 */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { candidateExample } from '@nexivo/contracts/candidates';
import { appendToOutbox } from '@nexivo/events/outbox';
import { Relay } from '@nexivo/events/relay';
import { BusConnection, connectBus } from '@nexivo/bus/connection';
import { createLogger } from '@nexivo/runtime/logging';
import { DataSource } from 'typeorm';
import type { Fault } from './publisher-process.js';

const [fault, databaseUrl, natsUrl] = process.argv.slice(2) as [Fault, string, string];

/** Events that were sent and are not yet marked. */
let inFlight = 0;

function strike(signal: NodeJS.Signals): void {
  writeSync(1, `${JSON.stringify({ inFlight })}\n`);
  process.kill(process.pid, signal);
}

class FaultyRelay extends Relay {
  #hasHung = false;

  protected override async mark(...[manager, stored, streamId]: Parameters<Relay['mark']>): Promise<void> {
    if (fault === 'killed before mark' && Math.random() < 0.5) strike('SIGKILL');
    if (fault === 'stopped before mark' && !this.#hasHung) {
      this.#hasHung = true;
      strike('SIGSTOP');
    }
    await super.mark(manager, stored, streamId);
    inFlight = 0;
  }
}

const logger = createLogger('publisher', 'silent');
const database = await new DataSource({ type: 'postgres', url: databaseUrl, poolSize: 5 }).initialize();
const nats = await connectBus({ NATS_URL: [natsUrl] }, 'publisher', logger);
const request = nats.request.bind(nats);
nats.request = (subject, ...rest) => {
  if (subject.startsWith('events.')) {
    if (fault === 'killed while publishing' && Math.random() < 0.05) strike('SIGKILL');
    inFlight++;
  }
  return request(subject, ...rest);
};
const bus = new BusConnection(nats);
const relay = new FaultyRelay(database, bus, logger);
relay.start();
// The test that started it has ended, or was killed itself.
process.on('disconnect', () => process.exit(1));
writeSync(1, '{}\n');

if (fault === 'killed after commit') {
  await database.transaction((tx) =>
    appendToOutbox(
      tx,
      { accountId: randomUUID(), requestId: 'request-1' },
      { type: 'candidate.created', object: candidateExample as never, previous: null, resource_version: 1 },
    ),
  );
  // The relay has been notified, but has had no chance to read anything yet.
  process.kill(process.pid, 'SIGKILL');
}
