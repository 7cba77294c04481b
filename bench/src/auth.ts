import { join } from 'node:path';
import { BASE_PATH } from '@nexivo/contracts/route';
import type { Figure } from './figures.js';
import { type Load, type LoadResult, send } from './load.js';
import { malformedTokens } from './malformed-tokens.js';
import { cpuSeconds } from './process-cpu.js';
import { type Gateway, startGateway, type System } from './system.js';
import { transactionsDuring } from './transactions.js';

/** How much to measure. */
export interface Effort {
  rounds: number;
  /** Of one measurement. */
  seconds: number;
  /** How many malformed tokens to send in all. */
  malformed: number;
}

type Log = (line: string) => void;

/** What one request of the route that is measured looks like. */
const validRequest = ({ candidateId, token }: System): Pick<Load, 'path' | 'headers'> => ({
  path: `${BASE_PATH}/candidates/${candidateId}`,
  headers: [{ authorization: `Bearer ${token}` }],
});

const CONNECTIONS = 50;

/** A load on one gateway, and the CPU time that the gateway needed for it. */
interface Measurement extends LoadResult {
  perSecond: number;
  cpuPerThousand: number;
}

async function measure(gateway: Gateway, load: Omit<Load, 'origin'>, status = 200): Promise<Measurement> {
  const pid = gateway.process.pid;
  if (pid === undefined) throw new Error(`${gateway.process.name} does not run`);
  const before = cpuSeconds(pid);
  const result = await send({ ...load, origin: gateway.origin }, status);
  const cpu = cpuSeconds(pid) - before;
  return {
    ...result,
    perSecond: result.requests / result.seconds,
    cpuPerThousand: (cpu / result.requests) * 1_000,
  };
}

/** The same requests to the gateway as it is and to one without authentication and quotas, in turn. */
export async function costOfAuth(system: System, { rounds, seconds }: Effort, log: Log): Promise<Figure[]> {
  const withAuth = await startGateway(system.stack, 'gateway-as-it-is', [
    join(import.meta.dirname, '../../apps/gateway/dist/main.js'),
  ]);
  const without = await startGateway(system.stack, 'gateway-without-auth', [
    join(import.meta.dirname, 'gateway-without-auth.js'),
    system.accountId,
  ]);
  try {
    const load = { ...validRequest(system), connections: CONNECTIONS, seconds };
    log(`cost of auth and quotas: warming up`);
    await measure(withAuth, load);
    await measure(without, load);
    const a: Measurement[] = [];
    const b: Measurement[] = [];
    for (let round = 1; round <= rounds; round++) {
      a.push(await measure(withAuth, load));
      b.push(await measure(without, load));
      log(
        `cost of auth and quotas: round ${round} of ${rounds}: ${a.at(-1)!.perSecond.toFixed(0)} and ${b.at(-1)!.perSecond.toFixed(0)} requests/s`,
      );
    }
    return [
      ...figuresOf('a: as it is', a),
      ...figuresOf('b: without auth and quotas', b),
      {
        name: 'throughput of a / throughput of b',
        unit: 'ratio',
        values: a.map(({ perSecond }, round) => perSecond / b[round]!.perSecond),
        bound: { atLeast: 0.75 },
      },
      {
        name: 'gateway CPU of a / gateway CPU of b',
        unit: 'ratio',
        values: a.map(({ cpuPerThousand }, round) => cpuPerThousand / b[round]!.cpuPerThousand),
      },
    ];
  } finally {
    await without.process.stop();
    await withAuth.process.stop();
  }
}

const figuresOf = (name: string, measurements: readonly Measurement[]): Figure[] => [
  { name: `${name}, throughput`, unit: 'requests/s', values: measurements.map(({ perSecond }) => perSecond) },
  ...latencyFigures(name, measurements),
  {
    name: `${name}, gateway CPU`,
    unit: 's/1,000 requests',
    values: measurements.map(({ cpuPerThousand }) => cpuPerThousand),
  },
];

const latencyFigures = (name: string, measurements: readonly LoadResult[]): Figure[] =>
  (['p50', 'p95', 'p99'] as const).map((key) => ({
    name: `${name}, ${key}`,
    unit: 'ms',
    values: measurements.map((measurement) => measurement[key]),
  }));

/** What well-behaved clients send meanwhile. */
const VALID = { connections: 10, perSecond: 200 };
/** The flood beside them: what a core shared with everything else can send and answer without being full. */
const FLOOD = { connections: 10, perSecond: 1_000 };
/** The flood alone. */
const FLOOD_ALONE = { connections: 20, perSecond: 4_000 };
/** Answered by the gateway without looking at anything: what a flood costs that has nothing to do with tokens. */
const TRIVIAL_PATH = '/health/live';

/** Valid requests alone, beside a flood of malformed tokens, and beside as many requests that need no token. */
export async function malformedFlood(
  system: System,
  { rounds, seconds, malformed }: Effort,
  log: Log,
): Promise<Figure[]> {
  const gateway = { process: system.stack.services.gateway, origin: system.origin };
  const headers = malformedTokens(1_000).map((token) => ({ authorization: `Bearer ${token}` }));
  const { path } = validRequest(system);
  const valid = (): Promise<Measurement> => measure(gateway, { ...validRequest(system), ...VALID, seconds });
  const kinds = {
    alone: valid,
    malformed: () => beside({ ...FLOOD, path, headers }, 401),
    trivial: () => beside({ ...FLOOD, path: TRIVIAL_PATH, headers }, 200),
  };
  let sent = 0;
  const beside = async (flood: Omit<Load, 'origin'>, status: number): Promise<LoadResult> => {
    // Longer than the measurement, so that all of it is beside the flood.
    const flooding = send({ ...flood, origin: gateway.origin, seconds: seconds + 1 }, status);
    const [result, { requests }] = await Promise.all([valid(), flooding]);
    if (status === 401) sent += requests;
    return result;
  };

  log('malformed tokens: warming up');
  for (const kind of Object.values(kinds)) await kind();
  const results = { alone: [], malformed: [], trivial: [] } as Record<keyof typeof kinds, LoadResult[]>;
  for (let round = 1; round <= rounds; round++) {
    for (const kind of ['alone', 'malformed', 'trivial'] as const) results[kind].push(await kinds[kind]());
    const p99s = Object.values(results).map((each) => each.at(-1)!.p99.toFixed(1));
    log(`malformed tokens: round ${round} of ${rounds}: p99 ${p99s.join(', ')} ms`);
  }

  const requests = Math.max(0, malformed - sent);
  log(`malformed tokens: ${requests} more, and nothing else, to count transactions`);
  let alone: Measurement | undefined;
  const { transactions, withoutFlood } = await transactionsDuring(system.stack, async () => {
    alone = await measure(gateway, { ...FLOOD_ALONE, path, headers, requests }, 401);
  });
  const ratio = (of: LoadResult[], to: LoadResult[]): number[] => of.map(({ p99 }, round) => p99 / to[round]!.p99);
  return [
    ...latencyFigures('valid requests alone', results.alone),
    ...latencyFigures('beside malformed tokens', results.malformed),
    ...latencyFigures('beside trivial requests', results.trivial),
    {
      name: 'p99 beside malformed / p99 alone',
      unit: 'ratio',
      values: ratio(results.malformed, results.alone),
      bound: { atMost: 1.1 },
    },
    { name: 'p99 beside trivial / p99 alone', unit: 'ratio', values: ratio(results.trivial, results.alone) },
    {
      name: 'p99 beside malformed / p99 beside trivial',
      unit: 'ratio',
      values: ratio(results.malformed, results.trivial),
    },
    { name: 'malformed tokens sent in all', unit: 'requests', values: [sent + requests] },
    { name: 'malformed tokens sent alone', unit: 'requests', values: [requests] },
    { name: '  throughput (limited by the sender)', unit: 'requests/s', values: [alone!.perSecond] },
    { name: '  gateway CPU', unit: 's/1,000 requests', values: [alone!.cpuPerThousand] },
    { name: '  database transactions', unit: 'transactions', values: [transactions], bound: { atMost: 0 } },
    { name: '  database transactions in as long without', unit: 'transactions', values: [withoutFlood] },
  ];
}
