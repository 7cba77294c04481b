import { Injectable } from '@nestjs/common';
import type { InputOf } from '@nexivo/contracts/command';
import { type Replay, replays } from '@nexivo/contracts/replays';
import type { RequestContext } from '@nexivo/bus/context';
import { databaseTime } from '@nexivo/store/database';
import { findOwned, toReply } from '@nexivo/store/owned';
import type { PageReply, Reply } from '@nexivo/bus/reply';
import type { EntityManager } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { lockAccount } from '../endpoints/account-lock.js';
import { firstPositionSince } from '../events/positions.js';
import { refuseDisabled, WEBHOOK, type WebhookEntity } from '../endpoints/webhook.entity.js';
import { firstState } from './job.entity.js';
import { checkTimes, JobsService } from './jobs.service.js';
import { ReplayEntity, toReplay } from './replay.entity.js';

/** Jobs that send past events to a webhook again; `JobRunner` does them. */
@Injectable()
export class ReplaysService extends JobsService<ReplayEntity, Replay> {
  protected readonly kind = { entity: ReplayEntity, name: 'replay', toResource: toReplay };

  async create(context: RequestContext, input: InputOf<typeof replays.create>): Promise<Reply<Replay>> {
    return this.idempotency.run(context, replays.create, input, async (tx) => {
      const row = await planReplay(tx, context.accountId, input);
      await tx.insert(ReplayEntity, row);
      return toReply(this.kind, row);
    });
  }

  get(context: RequestContext, input: InputOf<typeof replays.get>): Promise<Reply<Replay>> {
    return this.show(context, input.id, input.replay_id);
  }

  cancel(context: RequestContext, input: InputOf<typeof replays.cancel>): Promise<Reply<Replay>> {
    return this.end(context, replays.cancel, input, input.replay_id);
  }

  list(context: RequestContext, input: InputOf<typeof replays.list>): Promise<PageReply<Replay>> {
    return this.page(context, input);
  }
}

/**
 * Decides which events a replay is about: those until the account's lock is taken, or until a time before. Later events find the
 * webhook enabled and are delivered anyway, so there is no gap between the two.
 */
async function planReplay(
  tx: EntityManager,
  accountId: string,
  input: InputOf<typeof replays.create>,
): Promise<ReplayEntity> {
  const { id, since, until } = input;
  await checkTimes(tx, accountId, input);
  const webhook = await findOwned(tx, WEBHOOK, accountId, id);
  const { events } = webhook;
  const first = await firstPositionSince(tx, accountId, since);
  // Most events are counted before the lock, because the account's new events wait for it.
  const counted = await countEvents(tx, webhook, { first, last: await lastPositionUntil(tx, accountId, until) });
  await lockAccount(tx, accountId);
  const last = await lastPositionUntil(tx, accountId, until);
  const rest = await countEvents(tx, webhook, { first: Math.max(first, counted.upTo + 1), last });
  refuseDisabled(await findOwned(tx, WEBHOOK, accountId, id));
  const total = counted.events + rest.events;
  return Object.assign(new ReplayEntity(), {
    ...firstState(await databaseTime(tx), total),
    account_id: accountId,
    id: newId(),
    version: 1,
    webhook_id: id,
    since: new Date(since),
    until: until === undefined ? null : new Date(until),
    events,
    position: String(first),
    until_position: String(last),
    events_total: total,
    events_done: 0,
  });
}

/** The last event up to a time, or of all. Times are shown to the millisecond, so that of one may be earlier than it was. */
async function lastPositionUntil(tx: EntityManager, accountId: string, until: string | undefined): Promise<number> {
  const [row] = await tx.query<[{ position: string }]>(
    `select coalesce(
       (select position from events
        where account_id = $1 and ($2::timestamptz is null or received_at < $2::timestamptz + interval '1 ms')
        order by received_at desc, position desc limit 1),
       0) as position`,
    [accountId, until ?? null],
  );
  return Number(row.position);
}

async function countEvents(
  tx: EntityManager,
  { account_id: accountId, id: webhookId, events: subscription }: WebhookEntity,
  { first, last }: { first: number; last: number },
): Promise<{ events: number; upTo: number }> {
  const [row] = await tx.query<[{ events: number; up_to: string }]>(
    `select count(*) filter (where array[type, '*'] && $4 and object_id is distinct from $5)::integer as events, coalesce(max(position), 0) as up_to
     from events where account_id = $1 and position between $2 and $3`,
    [accountId, first, last, subscription, webhookId],
  );
  return { events: row.events, upTo: Number(row.up_to) };
}
