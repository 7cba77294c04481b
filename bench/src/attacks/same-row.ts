import { BASE_PATH } from '@nexivo/contracts/route';
import type { Place } from '../api-place.js';
import { send } from '../load.js';
import type { Attack } from './attack.js';

const CONNECTIONS = 300;

/** One account changes rows of its own from many places at once. Each of its requests must succeed, too. */
const changesOf =
  (idsOf: (place: Place) => readonly string[]): Attack['prepare'] =>
  (place) =>
  async (seconds) => {
    const { small, system } = place;
    const inTurn = idsOf(place).flatMap((id) =>
      ['Staff Engineer', 'Site Manager'].map((title) => ({
        method: 'PATCH' as const,
        path: `${BASE_PATH}/candidates/${id}`,
        headers: { authorization: `Bearer ${small.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ current_title: title }),
        status: 200,
      })),
    );
    return send({ origin: system.origin, inTurn, connections: CONNECTIONS, seconds, mayFail: true });
  };

/** All of them change one row. */
export const changesOfOneRow: Attack = {
  name: 'same-row',
  prepare: changesOf(({ small }) => [small.ids[0]!]),
  bounds: { p95: 2 },
};

/** For comparison: as many, and each changes another row. What they take of the machine, `same-row` takes too. */
export const changesOfManyRows: Attack = {
  name: 'many-rows',
  prepare: changesOf(({ small }) => small.ids),
  bounds: {},
};
