/** The near end of a bare hop: Fastify that asks over the bus and hands the bytes on, and nothing of what the gateway does beside that. */
import { BusConnection } from '@nexivo/bus/connection';
import { busSettings } from '@nexivo/bus/settings';
import { BASE_PATH } from '@nexivo/contracts/route';
import { port, readEnv } from '@nexivo/runtime/env';
import { createLogger } from '@nexivo/runtime/logging';
import fastify from 'fastify';
import { stopWhenTold } from '../stop.js';
import { HOP_SUBJECT, type HopQuestion } from './subject.js';

const env = readEnv({ ...busSettings, PORT: port });
const bus = await BusConnection.to(env, 'hop-front', createLogger('hop-front', 'error'));

const app = fastify();
app.get('/health/ready', () => ({ status: 'ok' }));
app.get<{ Params: { id: string } }>(`${BASE_PATH}/candidates/:id`, async ({ headers, params }, reply) => {
  const question: HopQuestion = { accountId: headers.authorization!, id: params.id };
  const { data } = await bus.nats.request(HOP_SUBJECT, JSON.stringify(question));
  return reply.type('application/json').send(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
});

stopWhenTold(
  () => app.close(),
  () => bus.onApplicationShutdown(),
);
await app.listen({ port: env.PORT, host: '127.0.0.1' });
