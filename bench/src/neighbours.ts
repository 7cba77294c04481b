import { setTimeout } from 'node:timers/promises';
import { Api } from '@nexivo/testing/api';
import { type Place, startPlace } from './api-place.js';
import type { Attack, VictimName } from './attacks/attack.js';
import { listsAtOnce } from './attacks/lists-at-once.js';
import { hostileReceivers } from './attacks/receivers.js';
import { changesOfManyRows, changesOfOneRow } from './attacks/same-row.js';
import { searchesOfOneAccount } from './attacks/searches.js';
import { slowQuotaStatement } from './attacks/slow-quota.js';
import { STRANGERS } from './attacks/strangers.js';
import type { Figure } from './figures.js';
import type { LoadResult } from './load.js';
import { suffer, type Suffering } from './neighbours-victims.js';
import { residentMib } from './processes.js';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.js';
import { RECEIVER_ALLOWED } from './webhooks.js';

export const ATTACKS: readonly Attack[] = [
  searchesOfOneAccount,
  changesOfOneRow,
  changesOfManyRows,
  listsAtOnce,
  slowQuotaStatement,
  hostileReceivers,
  ...STRANGERS,
];

/** How much to measure. */
export interface NeighboursEffort {
  rounds: number;
  /** Of one measurement. */
  seconds: number;
  /** The attacker's; of several the largest. */
  candidates: readonly number[];
  /** Names of attacks; all of them when empty. */
  attacks: readonly string[];
}

const EVERYBODY: readonly VictimName[] = ['get', 'list', 'patch', 'live'];
/** What the gateway may keep of an attack, and the longest that it may take to give the rest back. */
const KEPT_MIB = 64;
const RECOVERY_S = 60;
/** An attack has begun before its victims are looked at, and goes on until they have been. */
const LEAD_S = 1;

type Log = (line: string) => void;

/** What requests of one account feel while it is quiet, and beside each attack of another, in turn. */
export async function neighbours(effort: NeighboursEffort, log: Log): Promise<Figure[]> {
  const chosen = ATTACKS.filter(({ name }) => effort.attacks.length === 0 || effort.attacks.includes(name));
  const place = await startPlace(Math.max(...effort.candidates), log, async () => {}, RECEIVER_ALLOWED);
  const receiver = await startWebhookReceiver();
  try {
    const { status, body } = await new Api(place.system.origin, place.writers.token).post('/webhooks', {
      url: receiver.origin,
      events: ['candidate.updated'],
    });
    if (status !== 201) throw new Error(`no webhook: ${status} ${JSON.stringify(body)}`);
    const figures: Figure[] = [];
    for (const attack of chosen) figures.push(...(await beside(attack, place, receiver, effort, log)));
    return figures;
  } finally {
    await receiver.stop();
    await place.stop();
  }
}

async function beside(
  attack: Attack,
  place: Place,
  receiver: WebhookReceiver,
  { rounds, seconds }: NeighboursEffort,
  log: Log,
): Promise<Figure[]> {
  const victims = attack.victims ?? EVERYBODY;
  const all = (): Promise<Suffering[]> =>
    Promise.all(victims.map((victim) => suffer(victim, place, receiver, seconds)));
  const run = await attack.prepare(place);
  await all();
  const { pid } = place.system.stack.services.gateway;
  const before = residentMib(pid!);
  const quiet: Suffering[][] = [];
  const attacked: Suffering[][] = [];
  const own: LoadResult[] = [];
  for (let round = 1; round <= rounds; round++) {
    quiet.push(await all());
    const running = run(seconds + 2 * LEAD_S);
    await setTimeout(LEAD_S * 1_000);
    attacked.push(await all());
    const result = await running;
    if (result) own.push(result);
    log(
      `${attack.name}: round ${round} of ${rounds}: ${victims.map((victim, at) => `${victim} ${lineOf(attacked.at(-1)![at]!)}`).join('; ')}`,
    );
  }
  const kept = await keptMib(pid!, before);
  log(`${attack.name}: the gateway has ${kept.toFixed(0)} MiB more than before`);
  return [
    ...victims.flatMap((victim, at) =>
      figuresOf(
        `${attack.name}: ${victim}`,
        attack,
        quiet.map((round) => round[at]!),
        attacked.map((round) => round[at]!),
      ),
    ),
    ...(own.length > 0 ? [failuresOf(`${attack.name}: attacker`, own)] : []),
    { name: `${attack.name}: memory kept by the gateway`, unit: 'MiB', values: [kept], bound: { atMost: KEPT_MIB } },
  ];
}

/** How much more memory the gateway has than before, as soon as that is little, or else after a minute. */
async function keptMib(pid: number, beforeMib: number): Promise<number> {
  let kept = residentMib(pid) - beforeMib;
  for (let second = 0; second < RECOVERY_S && kept > KEPT_MIB; second++) {
    await setTimeout(1_000);
    kept = residentMib(pid) - beforeMib;
  }
  return kept;
}

const lineOf = ({ latencies, failures }: Suffering): string =>
  `p50 ${percentile(latencies, 0.5).toFixed(1)}, p99 ${percentile(latencies, 0.99).toFixed(1)} ms${Object.keys(failures).length > 0 ? ` ${JSON.stringify(failures)}` : ''}`;

const percentile = (sorted: Float64Array, share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;

const failuresOf = (name: string, rounds: readonly Suffering[]): Figure => ({
  name: `${name}, failures`,
  unit: 'share',
  values: rounds.map(shareOfFailures),
  bound: { atMost: 0 },
});

const shareOfFailures = ({ latencies, failures }: Suffering): number => {
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  return failed / (failed + latencies.length);
};

function figuresOf(name: string, { bounds }: Attack, quiet: Suffering[], attacked: Suffering[]): Figure[] {
  const percentiles = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
  return [
    ...(['p50', 'p95', 'p99'] as const).flatMap((key): Figure[] => {
      const of = (rounds: Suffering[]): number[] =>
        rounds.map(({ latencies }) => percentile(latencies, percentiles[key]));
      const bound = key === 'p50' ? undefined : bounds[key];
      return [
        { name: `${name}, ${key}, quiet`, unit: 'ms', values: of(quiet), isDetail: key === 'p50' },
        { name: `${name}, ${key}, beside`, unit: 'ms', values: of(attacked), isDetail: key === 'p50' },
        {
          name: `${name}, ${key} beside / quiet`,
          unit: 'ratio',
          values: of(attacked).map((value, round) => value / of(quiet)[round]!),
          ...(bound !== undefined && { bound: { atMost: bound } }),
        },
      ];
    }),
    failuresOf(name, attacked),
  ];
}
