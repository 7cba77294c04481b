import { BASE_PATH } from '@nexivo/contracts/route';
import { send } from '../load.js';
import type { Attack } from './attack.js';

const CONNECTIONS = 300;

/** One account changes one row from many places at once. Each of its requests must succeed, too. */
export const changesOfOneRow: Attack = {
  name: 'same-row',
  prepare:
    ({ small, system }) =>
    async (seconds) => {
      const inTurn = ['Staff Engineer', 'Site Manager'].map((title) => ({
        method: 'PATCH' as const,
        path: `${BASE_PATH}/candidates/${small.ids[0]}`,
        headers: { authorization: `Bearer ${small.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ current_title: title }),
        status: 200,
      }));
      return send({ origin: system.origin, inTurn, connections: CONNECTIONS, seconds, mayFail: true });
    },
  bounds: { p95: 2 },
};
