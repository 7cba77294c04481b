import { Injectable } from '@nestjs/common';
import type { InputOf } from '@nexivo/contracts/command';
import { EVENT_RETENTION_DAYS } from '@nexivo/contracts/events';
import { type Replay, replays } from '@nexivo/contracts/replays';
import type { RequestContext } from '@nexivo/bus/context';
import { databaseTime } from '@nexivo/store/database';
import { DomainError } from '@nexivo/bus/domain-error';
import { Idempotency } from '@nexivo/store/idempotency';
import { findOwned } from '@nexivo/store/owned';
import { Reply } from '@nexivo/bus/reply';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { lockAccount } from '../endpoints/account-lock.js';
import { refuseDisabled, WEBHOOK } from '../endpoints/webhook.entity.js';
import { ReplayEntity, toReplay } from './replay.entity.js';

const REPLAY = { entity: ReplayEntity, name: 'replay' };
const DAY_MS = 86_400_000;

/** Jobs that send past events to a webhook again; `ReplayRunner` does them. */
@Injectable()
export class ReplaysService {
  constructor(
    private readonly database: DataSource,
    private readonly idempotency: Idempotency,
  ) {}

  async create(context: RequestContext, input: InputOf<typeof replays.create>): Promise<Reply<Replay>> {
    return this.idempotency.run(context, replays.create, input, async (tx) => {
      const row = await planReplay(tx, context.accountId, input);
      await tx.insert(ReplayEntity, row);
      return toReply(row);
    });
  }

  async get({ accountId }: RequestContext, { id, replay_id }: InputOf<typeof replays.get>): Promise<Reply<Replay>> {
    const { manager } = this.database;
    await findOwned(manager, WEBHOOK, accountId, id);
    const row = await findOwned(manager, REPLAY, accountId, replay_id);
    if (row.webhook_id !== id) throw DomainError.notFound(REPLAY.name);
    return toReply(row);
  }
}

const toReply = (row: ReplayEntity): Reply<Replay> => new Reply(toReplay(row), { version: row.version });

/**
 * Decides which events a replay is about: those until the account's lock is taken. Later events find the webhook enabled and are
 * delivered anyway, so there is no gap between the two.
 */
async function planReplay(
  tx: EntityManager,
  accountId: string,
  { id, since }: InputOf<typeof replays.create>,
): Promise<ReplayEntity> {
  checkSince(new Date(since), await databaseTime(tx));
  const { events } = await findOwned(tx, WEBHOOK, accountId, id);
  const first = await firstPositionSince(tx, accountId, since);
  // Most events are counted before the lock, because the account's new events wait for it.
  const counted = await countEvents(tx, accountId, first, events);
  const last = await lockAccount(tx, accountId);
  const rest = await countEvents(tx, accountId, Math.max(first, counted.upTo + 1), events);
  refuseDisabled(await findOwned(tx, WEBHOOK, accountId, id));
  const now = await databaseTime(tx);
  const total = counted.events + rest.events;
  return Object.assign(new ReplayEntity(), {
    account_id: accountId,
    id: uuidv7(),
    webhook_id: id,
    since: new Date(since),
    events,
    position: String(first),
    until_position: String(last),
    events_total: total,
    events_done: 0,
    status: total > 0 ? 'running' : 'completed',
    created_at: now,
    updated_at: now,
    completed_at: total > 0 ? null : now,
  } as const);
}

/** Refuses a time before the oldest event that is kept: a replay without the older ones would look complete. */
function checkSince(since: Date, now: Date): void {
  const ageMs = now.getTime() - since.getTime();
  if (ageMs < 0)
    throw DomainError.invalid({ field: 'since', code: 'in_future', message: 'must not lie in the future' });
  if (ageMs <= EVENT_RETENTION_DAYS * DAY_MS) return;
  throw DomainError.invalid({
    field: 'since',
    code: 'too_old',
    message: `must lie within the last ${EVENT_RETENTION_DAYS} days; older events are not kept`,
  });
}

/**
 * The first event since a time, by when it was recorded and not by when it was made: an event that was made shortly before
 * `since` may have been recorded after it. Times are shown rounded to the millisecond, so a `disabled_at` may be half a millisecond late.
 */
async function firstPositionSince(tx: EntityManager, accountId: string, since: string): Promise<number> {
  const [row] = await tx.query<[{ position: string }]>(
    `select coalesce(
       (select position from events where account_id = $1 and received_at >= $2::timestamptz - interval '1 ms'
        order by received_at, position limit 1),
       (select last + 1 from event_positions where account_id = $1),
       1) as position`,
    [accountId, since],
  );
  return Number(row.position);
}

async function countEvents(
  tx: EntityManager,
  accountId: string,
  from: number,
  subscription: readonly string[],
): Promise<{ events: number; upTo: number }> {
  const [row] = await tx.query<[{ events: number; up_to: string }]>(
    `select count(*) filter (where array[type, '*'] && $3)::integer as events, coalesce(max(position), 0) as up_to
     from events where account_id = $1 and position >= $2`,
    [accountId, from, subscription],
  );
  return { events: row.events, upTo: Number(row.up_to) };
}
