import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A reverse proxy as it stands in front of gateways. */
export interface HealthCheckingProxy {
  origin: string;
  stop(): Promise<void>;
}

interface Backend {
  origin: string;
  /** Keeps its connections for the next request. */
  agent: Agent;
  isReady: boolean;
}

const CHECK_EVERY_MS = 100;
const CHECK_TIMEOUT_MS = 2_000;

/**
 * Starts a proxy that hands each request to the next of the gateways that say they are ready, and never sends one twice. What a gateway
 * does not answer is a 502.
 *
 * @param origins of the gateways
 */
export async function startProxy(origins: readonly string[]): Promise<HealthCheckingProxy> {
  const backends: Backend[] = origins.map((origin) => ({
    origin,
    agent: new Agent({ keepAlive: true }),
    isReady: false,
  }));
  const end = new AbortController();
  await Promise.all(backends.map((backend) => check(backend, end.signal)));
  const checking = backends.map((backend) => keepChecking(backend, end.signal));
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const ready = backends.filter(({ isReady }) => isReady);
    const backend = ready[turn++ % ready.length];
    if (backend) forward(backend, incoming, outgoing);
    else outgoing.writeHead(502).end('nobody is ready');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      end.abort();
      await Promise.all(checking);
      for (const { agent } of backends) agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function keepChecking(backend: Backend, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    await delay(CHECK_EVERY_MS, undefined, { signal: end }).catch(() => undefined);
    await check(backend, end);
  }
}

/** One that does not answer in time may only be busy: that changes nothing. */
async function check(backend: Backend, end: AbortSignal): Promise<void> {
  try {
    const signal = AbortSignal.any([end, AbortSignal.timeout(CHECK_TIMEOUT_MS)]);
    const { ok } = await fetch(`${backend.origin}/health/ready`, { signal, headers: { connection: 'close' } });
    backend.isReady = ok;
  } catch (error) {
    if ((error as Error).name === 'TypeError') backend.isReady = false;
  }
}

function forward({ origin, agent }: Backend, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers, url } = incoming;
  const { connection: _, ...endToEnd } = headers;
  const upstream = request(`${origin}${url}`, { method, headers: endToEnd, agent });
  upstream.on('response', (response) => {
    const { connection: __, 'keep-alive': ___, 'transfer-encoding': ____, ...rest } = response.headers;
    outgoing.writeHead(response.statusCode!, rest);
    response.pipe(outgoing);
  });
  upstream.on('error', (error) => outgoing.writeHead(502).end(error.message));
  incoming.pipe(upstream);
}
