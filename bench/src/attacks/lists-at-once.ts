import { BASE_PATH } from '@nexivo/contracts/route';
import { send } from '../load.js';
import type { Attack } from './attack.js';

/** The enterprise plan's requests of a minute. */
const AT_ONCE = 600;

/** One account uses its quota of a minute at once, again and again. Each of its requests must succeed, too. */
export const listsAtOnce: Attack = {
  name: 'lists-at-once',
  prepare:
    ({ readers, system }) =>
    async (seconds) => {
      const path = `${BASE_PATH}/candidates?per_page=25`;
      const inTurn = [{ path, headers: { authorization: `Bearer ${readers.token}` }, status: 200 }];
      const until = performance.now() + seconds * 1_000;
      while (performance.now() < until) {
        await send({ origin: system.origin, inTurn, connections: AT_ONCE, requests: AT_ONCE });
      }
    },
  bounds: {},
};
