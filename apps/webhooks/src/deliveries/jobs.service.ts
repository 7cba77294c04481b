import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { type PageReply, Reply } from '@nexivo/bus/reply';
import type { Command } from '@nexivo/contracts/command';
import { EVENT_RETENTION_DAYS } from '@nexivo/contracts/events';
import type { JobStatus } from '@nexivo/contracts/replays';
import { databaseTime } from '@nexivo/store/database';
import { Idempotency } from '@nexivo/store/idempotency';
import { changeOwned, findOwned, type ResourceKind, toReply } from '@nexivo/store/owned';
import { filterBy, findPage } from '@nexivo/store/page';
import { asRows } from '@nexivo/store/raw-rows';
import type { PageInput } from '@nexivo/store/found-rows';
import { DataSource, type EntityManager } from 'typeorm';
import { WEBHOOK } from '../endpoints/webhook.entity.js';
import type { JobEntity } from './job.entity.js';

const DAY_MS = 86_400_000;

/** How jobs of one kind are shown and cancelled. What they are about, and how they are done, each kind knows itself. */
@Injectable()
export abstract class JobsService<Row extends JobEntity, Resource> {
  protected abstract readonly kind: ResourceKind<Row, Resource>;

  constructor(
    @Inject(DataSource) protected readonly database: DataSource,
    @Inject(Idempotency) protected readonly idempotency: Idempotency,
  ) {}

  protected async page(
    { accountId }: RequestContext,
    input: PageInput & { id: string; status?: JobStatus[] | undefined },
  ): Promise<PageReply<Resource>> {
    await findOwned(this.database.manager, WEBHOOK, accountId, input.id);
    const query = this.database.manager
      .createQueryBuilder<Row>(this.kind.entity, 'job')
      .where('job.account_id = :accountId', { accountId })
      .andWhere('job.webhook_id = :id', { id: input.id });
    filterBy(query, input, ['status']);
    return findPage(
      query,
      input,
      asRows((row: Row) => this.kind.toResource(row)),
    );
  }

  protected async show({ accountId }: RequestContext, webhookId: string, jobId: string): Promise<Reply<Resource>> {
    const { manager } = this.database;
    await findOwned(manager, WEBHOOK, accountId, webhookId);
    return toReply(this.kind, this.ofWebhook(webhookId, await findOwned(manager, this.kind, accountId, jobId)));
  }

  /** Whoever works on the job holds its row: this waits for the end of the batch, and no other begins. */
  protected async end(
    context: RequestContext,
    command: Command,
    input: { id: string },
    jobId: string,
  ): Promise<Reply<Resource>> {
    const webhookId = input.id;
    return this.idempotency.run(context, command, input, async (tx) => {
      await findOwned(tx, WEBHOOK, context.accountId, webhookId);
      const { after } = await changeOwned(tx, this.kind, context, jobId, async (row): Promise<Partial<Row>> => {
        const { status } = this.ofWebhook(webhookId, row);
        if (status !== 'running') return {};
        const ended: Partial<JobEntity> = { status: 'cancelled', completed_at: await databaseTime(tx) };
        return ended as Partial<Row>;
      });
      return toReply(this.kind, after);
    });
  }

  /** @throws DomainError `not_found` for a job of another webhook */
  private ofWebhook(webhookId: string, row: Row): Row {
    if (row.webhook_id !== webhookId) throw DomainError.notFound(this.kind.name);
    return row;
  }
}

/**
 * Refuses a time before the oldest that is kept, because what is older would be missing and nobody would see it, and one that is
 * no time at all.
 */
export async function checkTimes(
  tx: EntityManager,
  accountId: string,
  { since, until }: { since: string; until?: string | undefined },
): Promise<void> {
  const ageMs = (await databaseTime(tx)).getTime() - new Date(since).getTime();
  if (ageMs < 0 && !(await isReached(tx, accountId, since))) {
    throw DomainError.invalid({ field: 'since', code: 'in_future', message: 'must not lie in the future' });
  }
  if (ageMs > EVENT_RETENTION_DAYS * DAY_MS) {
    throw DomainError.invalid({
      field: 'since',
      code: 'too_old',
      message: `must lie within the last ${EVENT_RETENTION_DAYS} days; older events are not kept`,
    });
  }
  if (until !== undefined && new Date(until) < new Date(since)) {
    throw DomainError.invalid({ field: 'until', code: 'before_since', message: 'must not lie before since' });
  }
}

/** Whether something was recorded since a time that lies ahead of the clock: by one that has been set back. */
async function isReached(tx: EntityManager, accountId: string, since: string): Promise<boolean> {
  const rows = await tx.query<unknown[]>(
    `select from events where account_id = $1 and received_at >= $2::timestamptz limit 1`,
    [accountId, since],
  );
  return rows.length > 0;
}
