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
const WARM_UP_S = 3;

type Side = 'observed' | 'blind';

interface Measurement {
  perSecond: number;
  /** CPU time of all services for a thousand requests, in seconds. */
  cpu: number;
}

type Comparison = Record<Side, Measurement>;

/**
 * What metrics and traces cost together: a stack as it is, with its traces sent to a collector at the usual share, beside one that counts
 * nothing and traces nothing. Two stacks are never equally fast, whatever they do, so both are started anew for each round.
 */
export async function costOfObservability({ rounds, seconds }: Effort, log: Log): Promise<Figure[]> {
  const collector = await startCollector();
  try {
    const results: Record<string, Comparison[]> = {};
    for (let round = 1; round <= rounds; round++) {
      log(`observability: round ${round} of ${rounds}: starting a stack with metrics and traces, and one with neither`);
      const compared = await compareAnew(collector.endpoint, { seconds, observedFirst: round % 2 === 1 });
      for (const [route, comparison] of Object.entries(compared)) (results[route] ??= []).push(comparison);
    }
    return [
      ...Object.entries(results).flatMap(([route, compared]) => figuresOf(route, compared)),
      { name: 'traces received by the collector', unit: 'bytes', values: [collector.received()] },
    ];
  } finally {
    collector.stop();
  }
}

/** Two stacks of their own, measured one after the other and then the other way round, route by route. */
async function compareAnew(
  endpoint: string,
  { seconds, observedFirst }: { seconds: number; observedFirst: boolean },
): Promise<Record<string, Comparison>> {
  const without = new URL('without-metrics.js', import.meta.url).href;
  const env = {
    observed: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    blind: { NODE_OPTIONS: `--import=${without}` },
  };
  const order = observedFirst ? (['observed', 'blind'] as const) : (['blind', 'observed'] as const);
  const systems: Partial<Record<Side, System>> = {};
  try {
    for (const side of order) systems[side] = await startSystem(env[side]);
    const compared: Record<string, Comparison> = {};
    for (const [route, requestsOf] of Object.entries(ROUTES)) {
      const measureSide = (side: Side, forSeconds: number): Promise<Measurement> =>
        measure(systems[side]!, requestsOf(systems[side]!), forSeconds);
      for (const side of order) await measureSide(side, WARM_UP_S);
      const results: Record<Side, Measurement[]> = { observed: [], blind: [] };
      for (const side of [...order, ...order.toReversed()]) results[side].push(await measureSide(side, seconds));
      compared[route] = { observed: meanOf(results.observed), blind: meanOf(results.blind) };
    }
    return compared;
  } finally {
    for (const system of Object.values(systems)) await system.stop();
  }
}

const meanOf = (measurements: readonly Measurement[]): Measurement => {
  const mean = (key: keyof Measurement): number =>
    measurements.reduce((sum, measurement) => sum + measurement[key], 0) / measurements.length;
  return { perSecond: mean('perSecond'), cpu: mean('cpu') };
};

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

const figuresOf = (route: string, rounds: readonly Comparison[]): Figure[] => [
  {
    name: `${route}: throughput with both`,
    unit: 'requests/s',
    values: rounds.map(({ observed }) => observed.perSecond),
  },
  {
    name: `${route}: throughput with both / with neither`,
    unit: 'ratio',
    values: rounds.map(({ observed, blind }) => observed.perSecond / blind.perSecond),
    bound: { atLeast: LEFT_AT_LEAST },
  },
  {
    name: `${route}: CPU of all services with both / with neither`,
    unit: 'ratio',
    values: rounds.map(({ observed, blind }) => observed.cpu / blind.cpu),
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
