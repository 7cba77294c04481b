/**
 * The far end of a bare hop: reads a candidate with the control's statement for whoever asks over the bus. It has nothing of
 * what a service does beside that.
 */
import type { Msg } from '@nats-io/transport-node';
import { BusConnection } from '@nexivo/bus/connection';
import { busSettings } from '@nexivo/bus/settings';
import { type CandidateEntity, toCandidate } from '@nexivo/candidates/candidate.entity';
import { port, readEnv, serviceEnv } from '@nexivo/runtime/env';
import { createLogger } from '@nexivo/runtime/logging';
import fastify from 'fastify';
import pg from 'pg';
import { getOne } from '../control-statements.js';
import { stopWhenTold } from '../stop.js';
import { HOP_SUBJECT, type HopQuestion } from './subject.js';

const env = readEnv({
  DATABASE_URL: serviceEnv.DATABASE_URL,
  DATABASE_POOL_SIZE: serviceEnv.DATABASE_POOL_SIZE,
  ...busSettings,
  PORT: port,
});
const pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: env.DATABASE_POOL_SIZE });
const bus = await BusConnection.to(env, 'hop-service', createLogger('hop-service', 'error'));

async function answer(message: Msg): Promise<void> {
  const { accountId, id } = message.json<HopQuestion>();
  const { rows } = await pool.query<CandidateEntity>(getOne(accountId, id));
  message.respond(JSON.stringify(toCandidate(rows[0]!)));
}

bus.nats.subscribe(HOP_SUBJECT, { callback: (_error, message) => void answer(message) });

const health = fastify();
health.get('/health/ready', () => ({ status: 'ok' }));
stopWhenTold(
  () => health.close(),
  () => bus.onApplicationShutdown(),
  () => pool.end(),
);
await health.listen({ port: env.PORT, host: '127.0.0.1' });
