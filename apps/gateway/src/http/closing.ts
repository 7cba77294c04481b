import type { Shutdown } from '@nexivo/runtime/shutdown';
import type { FastifyInstance } from 'fastify';

/**
 * Asks each client that is answered while the gateway stops to connect anew for its next request: to another gateway, now that the
 * proxy has read of `/health/ready` that this one goes (RFC 9112, section 9.6). A connection that is idle when the gateway closes it
 * can have a request on its way already, which would be lost.
 */
export function closeConnectionsWhileStopping(fastify: FastifyInstance, shutdown: Shutdown): void {
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (shutdown.hasBegun) void reply.header('connection', 'close');
    done(null, payload);
  });
}
