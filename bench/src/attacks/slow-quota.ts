import { BASE_PATH } from '@nexivo/contracts/route';
import { Client } from 'pg';
import { send } from '../load.js';
import type { Attack } from './attack.js';

/** The statement that decides about one account's quotas is held up by a lock, while the account goes on asking. */
export const slowQuotaStatement: Attack = {
  name: 'slow-quota',
  prepare:
    ({ small, system }) =>
    async (seconds) => {
      const path = `${BASE_PATH}/candidates/${small.ids[0]}`;
      const inTurn = [{ path, headers: { authorization: `Bearer ${small.token}` }, status: 200 }];
      await send({ origin: system.origin, inTurn, connections: 1, requests: 1 });
      const holder = new Client({ connectionString: system.stack.envOf('gateway')['DATABASE_URL']! });
      await holder.connect();
      try {
        await holder.query('begin');
        await holder.query('select 1 from gateway.quota_usage where account_id = $1 for update', [small.accountId]);
        await send({ origin: system.origin, inTurn, connections: 10, seconds, mayFail: true });
      } finally {
        await holder.end();
      }
    },
  bounds: { p95: 2 },
};
