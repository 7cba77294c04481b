import { setTimeout as sleep } from 'node:timers/promises';
import { BASE_PATH } from '@nexivo/contracts/route';
import { Api } from '@nexivo/testing/api';
import type { Figure } from './figures.js';
import { type Load, type LoadRequest, send } from './load.js';
import { cpuSeconds } from './processes.js';
import type { System } from './system.js';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.js';

export type Log = (line: string) => void;

/** What the webhooks service must be told to send to a receiver of the bench. */
export const RECEIVER_ALLOWED = { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' };

/** Deliveries a second that are promised, and what half of them may take. */
const SUSTAINED_PER_SECOND = 500;
const P50_MAX_MS = 50;
const MOST_ENDPOINTS = 100;
const GIVE_UP_MS = 120_000;

/** A load of writes, each of which makes one event, and the deliveries that followed. */
export interface Measurement {
  writesPerSecond: number;
  deliveriesPerSecond: number;
  p50: number;
  p95: number;
  p99: number;
  /** CPU time of the webhooks service for a thousand deliveries, in seconds. */
  cpuPerThousand: number;
}

/** Deliveries to one endpoint: at a calm rate, and as fast as the API takes writes. */
export async function oneEndpoint(system: System, { rounds, seconds }: Effort, log: Log): Promise<Figure[]> {
  const calm = { perSecond: 50, seconds, connections: 10 };
  const flatOut = { seconds, connections: 8 };
  return withReceiver(system, 1, async (receiver) => {
    const measurements = await inTurn(system, receiver, 1, rounds, { calm, flatOut }, log);
    return [
      ...latencyFigures('1 endpoint, 50 writes/s', measurements.calm, { p50: P50_MAX_MS }),
      ...throughputFigures('1 endpoint, writes flat out', measurements.flatOut),
      ...latencyFigures('1 endpoint, writes flat out', measurements.flatOut),
    ];
  });
}

/** Deliveries of each event to a hundred endpoints: at the rate that is promised, and of a burst. */
export async function hundredEndpoints(system: System, { rounds, seconds }: Effort, log: Log): Promise<Figure[]> {
  const perSecond = SUSTAINED_PER_SECOND / MOST_ENDPOINTS;
  const steady = { perSecond, seconds, connections: 4 };
  const burst = { requests: 50, connections: 8 };
  return withReceiver(system, MOST_ENDPOINTS, async (receiver) => {
    const measurements = await inTurn(system, receiver, MOST_ENDPOINTS, rounds, { steady, burst }, log);
    return [
      ...throughputFigures(`100 endpoints, ${perSecond} writes/s`, measurements.steady),
      ...latencyFigures(`100 endpoints, ${perSecond} writes/s`, measurements.steady, { p50: P50_MAX_MS }),
      ...throughputFigures('100 endpoints, 50 writes at once', measurements.burst, SUSTAINED_PER_SECOND),
    ];
  });
}

export interface Effort {
  rounds: number;
  seconds: number;
}
type Writes = Pick<Load, 'perSecond' | 'seconds' | 'requests' | 'connections'>;

/** Runs with a receiver to which so many webhooks of the account lead. */
export async function withReceiver<Result>(
  { origin, token }: System,
  endpoints: number,
  work: (receiver: WebhookReceiver) => Promise<Result>,
): Promise<Result> {
  const receiver = await startWebhookReceiver();
  try {
    const api = new Api(origin, token);
    for (let count = 0; count < endpoints; count++) {
      const { status, body } = await api.post('/webhooks', { url: `${receiver.origin}/${count}`, events: ['*'] });
      if (status !== 201) throw new Error(`no webhook: ${status} ${JSON.stringify(body)}`);
    }
    return await work(receiver);
  } finally {
    await receiver.stop();
  }
}

/** Measures loads round by round, after one round that does not count. */
async function inTurn<Name extends string>(
  system: System,
  receiver: WebhookReceiver,
  endpoints: number,
  rounds: number,
  loads: Record<Name, Writes>,
  log: Log,
): Promise<Record<Name, Measurement[]>> {
  const names = Object.keys(loads) as Name[];
  const measurements = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Measurement[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const measured = await measure(system, receiver, endpoints, loads[name]);
      if (round > 0) measurements[name].push(measured);
      log(
        `webhooks: ${endpoints} endpoints, ${name}, ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}: ` +
          `${measured.deliveriesPerSecond.toFixed(0)} deliveries/s, p50 ${measured.p50} ms, p99 ${measured.p99} ms`,
      );
    }
  }
  return measurements;
}

/** Sends writes, and waits for the deliveries that follow. */
export async function measure(
  { stack, origin, token }: System,
  receiver: WebhookReceiver,
  endpoints: number,
  writes: Writes,
): Promise<Measurement> {
  const pid = stack.services.webhooks.pid;
  if (pid === undefined) throw new Error('the webhooks service does not run');
  await receiver.take();
  const cpuBefore = cpuSeconds(pid);
  const startedAt = Date.now();
  const { requests, seconds } = await send({ ...writes, origin, inTurn: [creation(token)] });
  const { latencies, lastAt } = await arrivals(receiver, requests * endpoints);
  const percentile = (share: number): number => latencies[Math.ceil(latencies.length * share) - 1]!;
  return {
    writesPerSecond: requests / seconds,
    deliveriesPerSecond: latencies.length / ((lastAt - startedAt) / 1_000),
    p50: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
    cpuPerThousand: ((cpuSeconds(pid) - cpuBefore) / latencies.length) * 1_000,
  };
}

/** Every create makes one event. */
const creation = (token: string): LoadRequest => ({
  method: 'POST',
  path: `${BASE_PATH}/candidates`,
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: JSON.stringify({ first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', skills: ['TypeScript'] }),
  status: 201,
});

/** Waits until so many have arrived; there must be no more. */
async function arrivals(
  receiver: WebhookReceiver,
  wanted: number,
): Promise<{ latencies: Float64Array; lastAt: number }> {
  const all: number[] = [];
  const giveUpAt = Date.now() + GIVE_UP_MS;
  for (;;) {
    const { latencies, lastAt } = await receiver.take();
    for (const latency of latencies) all.push(latency);
    if (all.length === wanted) return { latencies: Float64Array.from(all).toSorted(), lastAt };
    if (all.length > wanted || Date.now() > giveUpAt) {
      throw new Error(`${all.length} deliveries arrived of ${wanted}`);
    }
    await sleep(100);
  }
}

export const latencyFigures = (
  name: string,
  measurements: readonly Measurement[],
  mostMs: { p50?: number; p95?: number } = {},
): Figure[] =>
  (['p50', 'p95', 'p99'] as const).map((key) => ({
    name: `${name}: ${key}`,
    unit: 'ms',
    values: measurements.map(({ [key]: value }) => value),
    ...(key !== 'p99' && mostMs[key] !== undefined && { bound: { atMost: mostMs[key] } }),
  }));

const throughputFigures = (name: string, measurements: readonly Measurement[], atLeast?: number): Figure[] => [
  {
    name: `${name}: deliveries`,
    unit: '1/s',
    values: measurements.map(({ deliveriesPerSecond }) => deliveriesPerSecond),
    ...(atLeast !== undefined && { bound: { atLeast } }),
  },
  { name: `${name}: writes`, unit: '1/s', values: measurements.map(({ writesPerSecond }) => writesPerSecond) },
  {
    name: `${name}: CPU of the webhooks service for 1,000 deliveries`,
    unit: 's',
    values: measurements.map(({ cpuPerThousand }) => cpuPerThousand),
  },
];
