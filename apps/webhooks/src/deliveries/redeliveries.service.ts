import { Injectable } from '@nestjs/common';
import type { RequestContext } from '@nexivo/bus/context';
import type { PageReply, Reply } from '@nexivo/bus/reply';
import type { InputOf } from '@nexivo/contracts/command';
import { type FailedDeliveries, redeliveries, type Redelivery } from '@nexivo/contracts/redeliveries';
import { databaseTime } from '@nexivo/store/database';
import { findOwned, toReply } from '@nexivo/store/owned';
import { settledTime } from '@nexivo/store/visibility-horizon';
import type { EntityManager } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { refuseDisabled, WEBHOOK } from '../endpoints/webhook.entity.js';
import { countFailed, type Selection } from './failed-deliveries.js';
import { firstState } from './job.entity.js';
import { checkTimes, JobsService } from './jobs.service.js';
import { RedeliveryEntity, toRedelivery } from './redelivery.entity.js';

/** Comes before all ids. */
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Jobs that deliver once more what has failed; `JobRunner` does them. */
@Injectable()
export class RedeliveriesService extends JobsService<RedeliveryEntity, Redelivery> {
  protected readonly kind = { entity: RedeliveryEntity, name: 'redelivery', toResource: toRedelivery };

  /** Counts what a job would be about, and changes nothing. */
  async count({ accountId }: RequestContext, input: InputOf<typeof redeliveries.count>): Promise<FailedDeliveries> {
    const { manager } = this.database;
    await findOwned(manager, WEBHOOK, accountId, input.id);
    await checkTimes(manager, accountId, input);
    const selection = selectionOf(input, await settledTime(this.database));
    const { deliveries, isExact } = await countFailed(manager, accountId, input.id, selection);
    return {
      since: selection.since.toISOString(),
      until: selection.until.toISOString(),
      event_type: input.event_type ?? null,
      deliveries,
      deliveries_is_exact: isExact,
    };
  }

  /**
   * Makes the job. It is about what was given up until a time of which all is known: what fails later is given up later. So the job,
   * which looks for its deliveries bit by bit, finds none that it has not counted.
   */
  async create(context: RequestContext, input: InputOf<typeof redeliveries.create>): Promise<Reply<Redelivery>> {
    let now: Date;
    return this.idempotency.run(
      context,
      redeliveries.create,
      input,
      async (tx) => {
        const row = await planRedelivery(tx, context.accountId, input, selectionOf(input, now));
        await tx.insert(RedeliveryEntity, row);
        return toReply(this.kind, row);
      },
      async () => {
        await checkTimes(this.database.manager, context.accountId, input);
        now = await settledTime(this.database);
      },
    );
  }

  get(context: RequestContext, input: InputOf<typeof redeliveries.get>): Promise<Reply<Redelivery>> {
    return this.show(context, input.id, input.redelivery_id);
  }

  cancel(context: RequestContext, input: InputOf<typeof redeliveries.cancel>): Promise<Reply<Redelivery>> {
    return this.end(context, redeliveries.cancel, input, input.redelivery_id);
  }

  list(context: RequestContext, input: InputOf<typeof redeliveries.list>): Promise<PageReply<Redelivery>> {
    return this.page(context, input);
  }
}

/** @param now until when all failures are known */
function selectionOf({ since, until, event_type }: InputOf<typeof redeliveries.count>, now: Date): Selection {
  const wanted = until === undefined ? now : new Date(until);
  return { since: new Date(since), until: wanted < now ? wanted : now, event_type: event_type ?? null };
}

async function planRedelivery(
  tx: EntityManager,
  accountId: string,
  { id }: InputOf<typeof redeliveries.create>,
  selection: Selection,
): Promise<RedeliveryEntity> {
  refuseDisabled(await findOwned(tx, WEBHOOK, accountId, id));
  const { deliveries, isExact } = await countFailed(tx, accountId, id, selection);
  return Object.assign(new RedeliveryEntity(), {
    ...firstState(await databaseTime(tx), deliveries),
    account_id: accountId,
    id: newId(),
    version: 1,
    webhook_id: id,
    ...selection,
    after_at: selection.since,
    after_id: NO_ID,
    deliveries_total: deliveries,
    deliveries_total_is_exact: isExact,
    deliveries_done: 0,
  });
}
