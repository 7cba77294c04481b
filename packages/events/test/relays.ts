import { BusConnection } from '@nexivo/bus/connection';
import { createLogger } from '@nexivo/runtime/logging';
import type { DataSource } from 'typeorm';
import { Relay } from '../src/relay.js';

const started: { relay: Relay; bus: BusConnection }[] = [];
const logger = createLogger('test', 'silent');

/** Connects to the bus as a service does. */
export const connectTo = (natsUrl: string): Promise<BusConnection> =>
  BusConnection.to({ NATS_URL: [natsUrl] }, 'test', logger);

/** Starts a relay in this process: transactions of this data source notify it. */
export async function startRelay({ database, natsUrl }: { database: DataSource; natsUrl: string }): Promise<Relay> {
  const bus = await connectTo(natsUrl);
  const relay = new Relay(database, bus, logger);
  started.push({ relay, bus });
  relay.start();
  return relay;
}

/** Ends every relay that a test has left running. */
export async function stopRelays(): Promise<void> {
  for (const { relay, bus } of started.splice(0)) {
    await relay.stop();
    await bus.onApplicationShutdown();
  }
}
