import { join } from 'node:path';
import { BASE_PATH } from '@nexivo/contracts/route';
import type { ApiEffort } from './api.js';
import { type Place, startPlace } from './api-place.js';
import type { Figure } from './figures.js';
import { type LoadRequest, type LoadResult, send } from './load.js';
import { type Server, startServer } from './system.js';

type Log = (line: string) => void;
type HopEffort = Pick<ApiEffort, 'rounds' | 'seconds' | 'candidates' | 'connections'>;

/**
 * One GET at three places that take turns: at the control, over a bare hop (Fastify, the bus, and the control's statement
 * behind it), and at the API. What the hop takes beyond the control is the price of services that talk over a bus; what
 * the API takes beyond the hop is the product's own.
 */
export async function costOfHop({ rounds, seconds, candidates, connections }: HopEffort, log: Log): Promise<Figure[]> {
  const place = await startPlace(Math.min(...candidates), log, async () => {});
  const ends: Server[] = [];
  try {
    for (const end of ['service', 'front'] as const) ends.push(await startEnd(place, end));
    const origins = { control: place.control.origin, hop: ends.at(-1)!.origin, api: place.system.origin };
    const kinds = Object.keys(origins) as (keyof typeof origins)[];
    const measure = (kind: keyof typeof origins, count: number): Promise<LoadResult> =>
      send({ origin: origins[kind], inTurn: gets(place, kind === 'api'), connections: count, seconds });

    const figures: Figure[] = [];
    for (const count of connections) {
      const results: Record<keyof typeof origins, LoadResult[]> = { control: [], hop: [], api: [] };
      for (const kind of kinds) await measure(kind, count);
      for (let round = 1; round <= rounds; round++) {
        for (const kind of round % 2 === 1 ? kinds : kinds.toReversed()) results[kind].push(await measure(kind, count));
        log(`hop: ${count} connections: round ${round} of ${rounds}`);
      }
      figures.push(...figuresOf(results, count));
    }
    return figures;
  } finally {
    for (const end of ends.toReversed()) await end.process.stop();
    await place.stop();
  }
}

/** Starts one end of the hop beside a stack, with the rights of the program in whose place it is. */
function startEnd({ system: { stack } }: Place, end: 'service' | 'front'): Promise<Server> {
  const { DATABASE_URL = '', NATS_URL = '' } = stack.envOf(end === 'service' ? 'candidates' : 'gateway');
  const args = [join(import.meta.dirname, 'hop', `${end}.js`)];
  return startServer(stack, { name: `hop-${end}`, args, env: { DATABASE_URL, NATS_URL } });
}

const gets = ({ readers: { accountId, token, ids } }: Place, withToken: boolean): LoadRequest[] =>
  ids.map((id) => ({
    path: `${BASE_PATH}/candidates/${id}`,
    headers: { authorization: withToken ? `Bearer ${token}` : accountId },
    status: 200,
  }));

function figuresOf({ control, hop, api }: Record<'control' | 'hop' | 'api', LoadResult[]>, count: number): Figure[] {
  const at = `${count} connections`;
  const ratio = (of: readonly LoadResult[], to: readonly LoadResult[], read: (result: LoadResult) => number) =>
    of.map((result, round) => read(result) / read(to[round]!));
  const p50 = ({ p50: ms }: LoadResult): number => ms;
  const throughput = ({ requests, seconds }: LoadResult): number => requests / seconds;
  return [
    ...Object.entries({ control, hop, api }).map(([name, results]) => ({
      name: `get, ${at}: p50 of the ${name}`,
      unit: 'ms',
      values: results.map(p50),
    })),
    { name: `get, ${at}: p50 of a bare hop / of the control`, unit: 'ratio', values: ratio(hop, control, p50) },
    {
      name: `get, ${at}: p50 of the API / of a bare hop`,
      unit: 'ratio',
      values: ratio(api, hop, p50),
    },
    {
      name: `get, ${at}: throughput of a bare hop / of the control`,
      unit: 'ratio',
      values: ratio(hop, control, throughput),
    },
    {
      name: `get, ${at}: throughput of the API / of a bare hop`,
      unit: 'ratio',
      values: ratio(api, hop, throughput),
    },
  ];
}
