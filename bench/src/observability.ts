import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serviceNames } from '@nexivo/local/services';
import { BASE_PATH } from '@nexivo/contracts/route';
import type { Effort } from './auth.js';
import type { Figure } from './figures.js';
import { type LoadRequest, send } from './load.js';
import { cpuSeconds } from './processes.js';
import { startSystem, type System } from './system.js';

type Log = (line: string) => void;

const CONNECTIONS = 50;
/** Of the throughput with neither, that must be left with both. */
const LEFT_AT_LEAST = 0.95;

interface Measurement {
  perSecond: number;
  /** CPU time of all services for a thousand requests, in seconds. */
  cpu: number;
}

/**
 * What metrics and traces cost together: a stack as it is, with its traces sent to a collector at the usual share, beside one that counts
 * nothing and traces nothing, in turn.
 */
export async function costOfObservability({ rounds, seconds }: Effort, log: Log): Promise<Figure[]> {
  const collector = await startCollector();
  const systems: System[] = [];
  try {
    log('starting a stack with metrics and traces, and one with neither');
    const without = new URL('without-metrics.js', import.meta.url).href;
    const observed = await startSystem({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
    systems.push(observed);
    const blind = await startSystem({ NODE_OPTIONS: `--import=${without}` });
    systems.push(blind);

    const figures: Figure[] = [];
    for (const [route, requestsOf] of Object.entries(ROUTES)) {
      const results: Record<'observed' | 'blind', Measurement[]> = { observed: [], blind: [] };
      const sides = [
        ['observed', observed],
        ['blind', blind],
      ] as const;
      for (const [, system] of sides) await measure(system, requestsOf(system), 2);
      for (let round = 1; round <= rounds; round++) {
        for (const [side, system] of round % 2 === 1 ? sides : sides.toReversed())
          results[side].push(await measure(system, requestsOf(system), seconds));
        log(`observability: ${route}: round ${round} of ${rounds}`);
      }
      figures.push(...figuresOf(route, results));
    }
    figures.push({ name: 'traces received by the collector', unit: 'bytes', values: [collector.received()] });
    return figures;
  } finally {
    for (const system of systems) await system.stop();
    collector.stop();
  }
}

const ROUTES: Record<string, (system: System) => LoadRequest[]> = {
  get: (system) => [request(system, `/candidates/${system.candidateId}`)],
  list: (system) => [request(system, '/candidates')],
  post: (system) => Array.from({ length: ENOUGH }, () => create(system)),
};

/** More creates than are answered in one measurement: each has an address of its own. */
const ENOUGH = 20_000;
let created = 0;

const create = (system: System): LoadRequest => ({
  ...request(system, '/candidates'),
  method: 'POST',
  body: JSON.stringify({ first_name: 'Jane', last_name: 'Smith', email: `jane${created++}@bench.example` }),
  status: 201,
});

const request = ({ token }: System, path: string): LoadRequest => ({
  path: BASE_PATH + path,
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  status: 200,
});

async function measure({ origin, stack }: System, inTurn: LoadRequest[], seconds: number): Promise<Measurement> {
  const used = (): number => serviceNames.reduce((sum, name) => sum + cpuSeconds(stack.services[name].pid!), 0);
  const before = used();
  const result = await send({ origin, inTurn, connections: CONNECTIONS, seconds });
  return { perSecond: result.requests / result.seconds, cpu: ((used() - before) / result.requests) * 1_000 };
}

const figuresOf = (route: string, { observed, blind }: Record<'observed' | 'blind', Measurement[]>): Figure[] => [
  { name: `${route}: throughput with both`, unit: 'requests/s', values: observed.map(({ perSecond }) => perSecond) },
  {
    name: `${route}: throughput with both / with neither`,
    unit: 'ratio',
    values: observed.map(({ perSecond }, round) => perSecond / blind[round]!.perSecond),
    bound: { atLeast: LEFT_AT_LEAST },
  },
  {
    name: `${route}: CPU of all services with both / with neither`,
    unit: 'ratio',
    values: observed.map(({ cpu }, round) => cpu / blind[round]!.cpu),
  },
];

/** Takes what it is sent, and reads nothing of it: a collector is on another machine as a rule. */
async function startCollector(): Promise<{ endpoint: string; received: () => number; stop: () => void }> {
  let bytes = 0;
  const server = createServer((incoming, response) => {
    incoming.on('data', (chunk: Buffer) => (bytes += chunk.length));
    incoming.on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    received: () => bytes,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
