import { Injectable } from '@nestjs/common';
import { Busy } from '@nexivo/bus/busy';
import { AuthStore, StoreAway } from './auth-store.js';
import type { Admission, QuotaState } from './quota-store.js';
import { Quotas } from './quotas.js';

const MINUTE_MS = 60_000;

/**
 * Gives back what replays have used. That a request is one is known only once it is answered: until then it has used both quotas as any
 * other, so that what is no replay never has more of them than they allow.
 */
@Injectable()
export class FreeReplays {
  constructor(
    private readonly store: AuthStore,
    private readonly quotas: Quotas,
  ) {}

  /**
   * Takes back an admission for a request that was answered by a replay: as many in any 60 seconds as the minute quota allows, in one atomic
   * statement. Those beyond, and what was given out while the store was away, have used the quotas as any request.
   *
   * @returns the quotas afterwards
   */
  async giveBack(accountId: string, { takenAtUs, state }: Admission): Promise<QuotaState> {
    if (takenAtUs === undefined || !(await this.isFree(accountId, takenAtUs))) return state;
    // What was refused meanwhile is not to be refused from memory.
    this.quotas.forgetRefusal(accountId);
    return withOneBack(state);
  }

  private async isFree(accountId: string, takenAtUs: string): Promise<boolean> {
    try {
      const [row] = await this.store.query<{ is_free: boolean }>({
        name: 'free replay',
        text: 'select free_replay($1, $2) as is_free',
        values: [accountId, takenAtUs],
        // It waits for the account's row.
        line: accountId,
      });
      return row!.is_free;
    } catch (error) {
      // The replay is answered all the same.
      if (error instanceof StoreAway || error instanceof Busy) return false;
      throw error;
    }
  }
}

const withOneBack = ({ atMs, minute, day }: QuotaState): QuotaState => ({
  atMs,
  minute: { ...minute, used: minute.used - 1, resetsInMs: minute.used === 1 ? MINUTE_MS : minute.resetsInMs },
  day: { ...day, used: day.used - 1 },
});
