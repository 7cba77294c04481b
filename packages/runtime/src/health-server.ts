import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyInstance, fastify } from 'fastify';
import { HealthController } from './health.controller.js';
import { Metrics } from './metrics.js';

/** Probes and scrapes at a time: whoever else comes takes no files away from the work of the service. */
export const HEALTH_CONNECTIONS = 50;

/**
 * Health and metrics at a port of their own, for a service whose own port the world may see: what floods that one does not fill this one's
 * backlog or connections, and metrics are for operators alone. It ends with the application.
 *
 * @param port 0 takes a free one
 * @param host an address of this machine
 * @returns where it listens
 */
export async function serveHealth(app: NestFastifyApplication, port: number, host: string): Promise<number> {
  const health = app.get(HealthController, { strict: false });
  const { registry } = app.get(Metrics, { strict: false });
  const server: FastifyInstance = fastify({ forceCloseConnections: true });
  server.get('/health/live', () => health.live());
  server.get('/health/ready', (_request, reply) => health.ready(reply));
  server.get('/metrics', (_request, reply) => {
    void reply.type(registry.contentType);
    return registry.metrics();
  });
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onClose', () => server.close());
  await server.listen({ port, host });
  return (server.server.address() as AddressInfo).port;
}
