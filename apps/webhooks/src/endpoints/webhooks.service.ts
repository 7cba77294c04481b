import { Injectable } from '@nestjs/common';
import type { InputOf } from '@nexivo/contracts/command';
import type { EventType } from '@nexivo/contracts/events';
import {
  type CreateWebhookInput,
  type ListWebhooksInput,
  SECRET_OVERLAP_HOURS,
  type Webhook,
  WEBHOOK_READ_ONLY,
  WEBHOOK_STANDING,
  type WebhookPatch,
  webhooks,
  WEBHOOKS_MAX,
  type WebhookWithSecret,
} from '@nexivo/contracts/webhooks';
import { uriOf } from '@nexivo/contracts/text';
import type { RequestContext } from '@nexivo/bus/context';
import { appendToOutbox } from '@nexivo/events/outbox';
import { databaseTime } from '@nexivo/store/database';
import { DomainError } from '@nexivo/bus/domain-error';
import { Idempotency } from '@nexivo/store/idempotency';
import { changeOwned, findOwned } from '@nexivo/store/owned';
import { filterBy, findPage } from '@nexivo/store/page';
import { rowReading } from '@nexivo/store/raw-rows';
import { withoutReadOnly } from '@nexivo/store/read-only';
import { PageReply, Reply } from '@nexivo/bus/reply';
import { WakeUp } from '@nexivo/runtime/wake-up';
import { DataSource, type EntityManager } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { TargetGuard } from '../sender/target-guard.js';
import { lockAccount } from './account-lock.js';
import { requireReadable, subscribedTypes } from './read-access.js';
import { NO_PREVIOUS_SECRET, SealedAnswers } from './sealed-answers.js';
import { readStanding, readStandings, UNTRIED } from './standing.js';
import { disabledEvent } from './webhook-events.js';
import { firstStatus, nextStatus } from './webhook-status.js';
import { toWebhook, WEBHOOK, WebhookEntity } from './webhook.entity.js';

const OVERLAP_MS = SECRET_OVERLAP_HOURS * 3_600_000;

/** The rules of webhooks. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly database: DataSource,
    private readonly idempotency: Idempotency,
    private readonly answers: SealedAnswers,
    private readonly guard: TargetGuard,
    private readonly wakeUp: WakeUp,
  ) {}

  async list({ accountId }: RequestContext, input: ListWebhooksInput): Promise<PageReply<Webhook>> {
    const query = this.database.manager
      .createQueryBuilder(WebhookEntity, 'webhook')
      .where('webhook.account_id = :accountId', { accountId });
    filterBy(query, input, ['status']);
    const { data, meta } = (await findPage(query, input, rowReading<WebhookEntity>)).body;
    const standings = await readStandings(
      this.database.manager,
      accountId,
      data.map(({ id }) => id),
    );
    return new PageReply(
      data.map((row) => toWebhook(row, standings.get(row.id) ?? UNTRIED)),
      meta,
    );
  }

  async create(context: RequestContext, input: CreateWebhookInput): Promise<Reply<WebhookWithSecret>> {
    const { accountId } = context;
    requireReadable(context, subscribedTypes(input.events));
    const id = newId();
    const row = Object.assign(new WebhookEntity(), input, {
      description: input.description ?? null,
      ...this.answers.newSecret({ account_id: accountId, id }),
      ...NO_PREVIOUS_SECRET,
      account_id: accountId,
      id,
    });
    const insert = async (tx: EntityManager): Promise<WebhookEntity> => {
      await lockAccount(tx, accountId);
      await checkCount(tx, accountId);
      const now = await databaseTime(tx);
      Object.assign(row, firstStatus(input.status, now), { created_at: now, updated_at: now });
      await tx.insert(WebhookEntity, row);
      await tx.query(`insert into endpoint_health (account_id, webhook_id) values ($1, $2)`, [accountId, id]);
      return row;
    };
    return this.answers.run(context, webhooks.create, input, insert, () => this.guard.check(input.url));
  }

  async get({ accountId }: RequestContext, id: string): Promise<Reply<Webhook>> {
    const { manager } = this.database;
    return toReply(manager, await findOwned(manager, WEBHOOK, accountId, id));
  }

  async update(context: RequestContext, input: InputOf<typeof webhooks.update>): Promise<Reply<Webhook>> {
    const { id } = input;
    const change = async (tx: EntityManager): Promise<Reply<Webhook>> => {
      const { before, after, changed } = await changeOwned(tx, WEBHOOK, context, id, async (row) => {
        const patch = withoutSameUrl(input.patch, row);
        requireReadable(context, newlySent(row, patch));
        const webhook = toWebhook(row, await readStanding(tx, row));
        return {
          ...(withoutReadOnly(patch, webhook, WEBHOOK_READ_ONLY, WEBHOOK_STANDING) as Partial<WebhookEntity>),
          ...(patch.status && nextStatus(row, patch.status, await databaseTime(tx))),
        };
      });
      // A new URL has not failed yet, and a webhook that is enabled again begins without failures.
      if (changed.includes('url') || (changed.includes('status') && after.status === 'enabled')) {
        await forgetFailures(tx, after);
      }
      const reply = await toReply(tx, after);
      if (changed.includes('status') && after.status === 'disabled') {
        const standing = await readStanding(tx, after);
        await appendToOutbox(tx, context, disabledEvent(toWebhook(before, standing), reply.body, after.version));
      }
      return reply;
    };
    const reply = await this.idempotency.run(context, webhooks.update, input, change, () =>
      this.checkTarget(context, input),
    );
    if (reply.body.status === 'enabled') this.wakeUp.notify();
    return reply;
  }

  async delete(context: RequestContext, input: InputOf<typeof webhooks.delete>): Promise<Reply<Webhook>> {
    const { accountId } = context;
    return this.idempotency.run(context, webhooks.delete, input, async (tx) => {
      // Under the lock nobody queues a delivery; afterwards the webhook is gone.
      await lockAccount(tx, accountId);
      const { after } = await changeOwned(tx, WEBHOOK, context, input.id, async (row) =>
        nextStatus(row, 'disabled', await databaseTime(tx)),
      );
      const reply = await toReply(tx, after);
      await tx.delete(WebhookEntity, { account_id: accountId, id: input.id });
      await tx.query(`insert into deleted_webhooks (account_id, webhook_id) values ($1, $2)`, [accountId, input.id]);
      return reply;
    });
  }

  async rotateSecret(
    context: RequestContext,
    input: InputOf<typeof webhooks.rotateSecret>,
  ): Promise<Reply<WebhookWithSecret>> {
    const rotate = async (tx: EntityManager): Promise<WebhookEntity> => {
      const { after } = await changeOwned(tx, WEBHOOK, context, input.id, async (row) => ({
        ...this.answers.newSecret(row),
        ...this.answers.previousSecret(row, new Date((await databaseTime(tx)).getTime() + OVERLAP_MS)),
      }));
      return after;
    };
    return this.answers.run(context, webhooks.rotateSecret, input, rotate);
  }

  /** Checks a new URL. The current one is not checked again: a patch is not refused because its host is away just now. */
  private async checkTarget(
    { accountId }: RequestContext,
    { id, patch }: InputOf<typeof webhooks.update>,
  ): Promise<void> {
    if (patch.url === undefined) return;
    const { url } = await findOwned(this.database.manager, WEBHOOK, accountId, id);
    if (!isSameUrl(patch.url, url)) await this.guard.check(patch.url);
  }
}

const toReply = async (manager: EntityManager, row: WebhookEntity): Promise<Reply<Webhook>> =>
  new Reply(toWebhook(row, await readStanding(manager, row)), { version: row.version });

/** One that was kept before URLs were normalised stays what it is when it is sent back. */
const isSameUrl = (sent: string, kept: string): boolean => sent === kept || sent === uriOf(kept);

function withoutSameUrl(patch: WebhookPatch, { url: kept }: WebhookEntity): WebhookPatch {
  const { url, ...others } = patch;
  return url !== undefined && isSameUrl(url, kept) ? others : patch;
}

/** The types of events that a patch has sent where they were not sent before: all of them where the URL is another. */
function newlySent(before: WebhookEntity, { url = before.url, events = before.events }: WebhookPatch): EventType[] {
  const known = url === before.url ? subscribedTypes(before.events) : [];
  return subscribedTypes(events).filter((type) => !known.includes(type));
}

/** @throws DomainError `validation_failed` if the account has the most webhooks it may have; call it under the account's lock */
async function checkCount(tx: EntityManager, accountId: string): Promise<void> {
  if ((await tx.countBy(WebhookEntity, { account_id: accountId })) < WEBHOOKS_MAX) return;
  throw DomainError.invalid({
    field: 'body',
    code: 'too_many',
    message: `would be one webhook too many: an account has at most ${WEBHOOKS_MAX}; delete one first`,
  });
}

const forgetFailures = (tx: EntityManager, { account_id, id }: WebhookEntity): Promise<unknown> =>
  tx.query(
    `update endpoint_health set failing_since = null, failures = 0, failing_days = 0, last_failure_at = null, paused_until = null,
       consecutive_slowdowns = 0, is_oversized = false
     where account_id = $1 and webhook_id = $2`,
    [account_id, id],
  );
