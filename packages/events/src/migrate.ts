import { setTimeout as delay } from 'node:timers/promises';
import { isBusAway } from '@nexivo/bus/connection';
import { BusNames } from '@nexivo/bus/settings';
import { checkBus } from '@nexivo/bus/server-check';
import { UnfitServer } from '@nexivo/bus/unfit-server';
import { errorLine } from '@nexivo/runtime/describe-error';
import type { DatabaseOptions } from '@nexivo/store/database';
import { busEnv, integer } from '@nexivo/runtime/env';
import { runMigrations } from '@nexivo/store/migrate';
import { endOnUnfitServer, readEnvOrExit } from '@nexivo/runtime/exit';
import type { EventConsumer } from './consumer.js';
import { STREAM, provisionEvents } from './stream.js';
import { isStarting } from './stream-check.js';

const migrateEnv = {
  /** Of the bus user `migrate`. */
  ...busEnv,
  /** How many servers of a NATS cluster hold each event; see `StreamOptions`. */
  EVENTS_REPLICAS: integer(1, 5).optional(),
};

/**
 * The body of `migrate.ts` of every service with events: as {@link runMigrations}, and then it provisions the stream and the
 * service's consumers.
 */
export async function runEventMigrations(
  options: Omit<DatabaseOptions, 'url' | 'poolSize'>,
  consumers: readonly EventConsumer[],
): Promise<void> {
  const env = readEnvOrExit(migrateEnv);
  await runMigrations(options);
  await endOnUnfitServer(async () => {
    await checkBus(env, { waitForMs: TRY_FOR_MS, report: tell });
    try {
      await provisionPatiently(() => provisionEvents(env, consumers, { replicas: env.EVENTS_REPLICAS }));
    } catch (error) {
      if (error instanceof UnfitServer) throw error;
      tell(`stream and consumers are not up to date: ${errorLine(error)}`);
      process.exit(1);
    }
  });
  const names = new BusNames(env.NATS_PREFIX);
  const made = [STREAM, ...consumers.map(({ durable }) => durable)].map((name) => `bus: ${names.name(name)}\n`);
  process.stdout.write(made.join(''));
}

const TRY_FOR_MS = 60_000;
const TRY_EVERY_MS = 1_000;

/** Tries a bus that is away for a minute. */
async function provisionPatiently(provision: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + TRY_FOR_MS;
  for (let isTold = false; ; isTold = true) {
    try {
      return await provision();
    } catch (error) {
      const mayPass = isStarting(error) || (isBusAway(error) && !(error instanceof UnfitServer));
      if (!mayPass || performance.now() >= deadline) throw error;
      if (!isTold) tell(`away, trying on: ${errorLine(error)}`);
    }
    await delay(TRY_EVERY_MS);
  }
}

const tell = (line: string): void => void process.stderr.write(`bus: ${line}\n`);
