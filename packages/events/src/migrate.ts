import type { DatabaseOptions } from '@nexivo/store/database';
import { integer, serviceEnv } from '@nexivo/runtime/env';
import { runMigrations } from '@nexivo/store/migrate';
import { checkBus } from '@nexivo/bus/server-check';
import { endOnUnfitServer, readEnvOrExit } from '@nexivo/runtime/start';
import type { EventConsumer } from './consumer.js';
import { STREAM, provisionEvents } from './stream.js';

const busEnv = {
  /** Of the bus user `migrate`. */
  NATS_URL: serviceEnv.NATS_URL,
  /** How many servers of a NATS cluster hold each event; see `StreamOptions`. */
  EVENTS_REPLICAS: integer(1, 5).optional(),
};

/** How long a bus that is away is waited for. */
const WAIT_MS = 60_000;

/**
 * The body of `migrate.ts` of every service with events: as {@link runMigrations}, and then it provisions the stream and the
 * service's consumers.
 */
export async function runEventMigrations(
  options: Omit<DatabaseOptions, 'url' | 'poolSize'>,
  consumers: readonly EventConsumer[],
): Promise<void> {
  const env = readEnvOrExit(busEnv);
  await runMigrations(options);
  const report = (line: string): void => void process.stderr.write(`bus: ${line}\n`);
  await endOnUnfitServer(async () => {
    await checkBus(env.NATS_URL, { waitForMs: WAIT_MS, report });
    await provisionEvents(env.NATS_URL, consumers, { replicas: env.EVENTS_REPLICAS });
  });
  process.stdout.write([STREAM, ...consumers.map(({ durable }) => durable)].map((name) => `bus: ${name}\n`).join(''));
}
