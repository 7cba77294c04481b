import { BASE_PATH } from '@nexivo/contracts/route';
import type { Place } from '../api-place.js';
import { type LoadRequest, send } from '../load.js';
import type { Attack } from './attack.js';

const CONNECTIONS = 10;
/** Words that begin so are many. */
const PREFIXES = ['ma', 'de', 'en', 'se', 'pr', 'co', 'an', 'ma'];
/** Words that nearly all have, in an order that nobody has: the index knows the words, and each row is looked at for the order. */
const LONG_PHRASE = `"${'in of '.repeat(155).trim()}"`;
const TITLES = ['engineer', 'nurse', 'manager', 'developer', 'analyst', 'designer', 'consultant', 'teacher'];

/** The dearest queries that the language admits, each different, so that nothing is remembered. */
function searches({ readers }: Place): LoadRequest[] {
  return Array.from({ length: 200 }, (_, turn) => {
    const from = turn % PREFIXES.length;
    const prefixes = [...PREFIXES.slice(from), ...PREFIXES.slice(0, from)].map((prefix) => `${prefix}*`);
    const titles = TITLES.map((title) => `"senior ${title}" OR "lead ${title}"`).join(' OR ');
    const wanted = [prefixes.join(' '), `(${titles})`, LONG_PHRASE][turn % 3]!;
    const q = `${wanted} -x${turn}`;
    return {
      path: `${BASE_PATH}/candidates?sort=-relevance&q=${encodeURIComponent(q)}`,
      headers: { authorization: `Bearer ${readers.token}` },
      status: 200,
    };
  });
}

/** One account searches as fast as it can. */
export const searchesOfOneAccount: Attack = {
  name: 'searches',
  prepare: (place) => async (seconds) => {
    const inTurn = searches(place);
    await send({ origin: place.system.origin, inTurn, connections: CONNECTIONS, seconds, mayFail: true });
  },
  bounds: { p95: 2 },
};
