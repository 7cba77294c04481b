import { Injectable } from '@nestjs/common';
import { candidates } from '@nexivo/contracts/candidates';
import type { Command, InputOf } from '@nexivo/contracts/command';
import { jobs } from '@nexivo/contracts/jobs';
import type { Page } from '@nexivo/contracts/pagination';
import {
  type ListSubmissionsInput,
  type Stage,
  type StageChange,
  STAGES,
  type Submission,
  submissions,
} from '@nexivo/contracts/submissions';
import { appendToOutbox } from '@nexivo/events/outbox';
import { BusClient } from '@nexivo/service/bus.client';
import type { Call } from '@nexivo/service/call';
import { databaseTime } from '@nexivo/service/database';
import { DomainError } from '@nexivo/service/domain-error';
import { refusingDuplicates } from '@nexivo/service/duplicates';
import { Idempotency } from '@nexivo/service/idempotency';
import { changeOwned, findOwned } from '@nexivo/service/owned';
import { OwnedReader } from '@nexivo/service/owned-reader';
import { filterBy, findPage, toPage } from '@nexivo/service/page';
import { Reply } from '@nexivo/service/reply';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { StageChangeEntity, toStageChange } from './stage-change.entity.js';
import { SubmissionEntity, toSubmission } from './submission.entity.js';
import { type SubmissionChange, submissionEvents } from './submission-events.js';
import { checkParties } from './submission-parties.js';
import { firstStage, nextStage } from './submission-stages.js';

const SUBMISSION = { entity: SubmissionEntity, name: 'submission' };

/** The columns of a submission of which nothing is known but what is required. */
const ABSENT = { notes: null, source: null, rejection_reason: null };

/** The rules of submissions. */
@Injectable()
export class SubmissionsService {
  private readonly reader: OwnedReader<SubmissionEntity>;

  constructor(
    private readonly database: DataSource,
    private readonly bus: BusClient,
    private readonly idempotency: Idempotency,
  ) {
    this.reader = new OwnedReader(database, SUBMISSION);
  }

  async list({ accountId }: Call, input: ListSubmissionsInput): Promise<Page<Submission>> {
    const query = this.database.manager
      .createQueryBuilder(SubmissionEntity, 'submission')
      .where('submission.account_id = :accountId', { accountId });
    filterBy(query, input, ['job_id', 'candidate_id', 'stage']);
    const counted = { accountId, filter: 'stage', values: input.stage ?? STAGES };
    return findPage(query, input, toSubmission, { counted });
  }

  async listForJob(call: Call, input: InputOf<typeof submissions.listForJob>): Promise<Page<Submission>> {
    const [page] = await Promise.all([this.list(call, input), this.bus.call(jobs.get, { id: input.job_id }, call)]);
    return page;
  }

  async create(call: Call, input: InputOf<typeof submissions.create>): Promise<Reply<Submission>> {
    const row = Object.assign(new SubmissionEntity(), ABSENT, input, { account_id: call.accountId, id: uuidv7() });
    const insert = async (tx: EntityManager): Promise<SubmissionChange> => {
      const now = await databaseTime(tx);
      Object.assign(row, firstStage(row, now), { created_at: now, updated_at: now });
      await tx.insert(SubmissionEntity, row);
      await recordStageChange(tx, call, null, row);
      return { before: null, after: row };
    };
    return this.write(call, submissions.create, input, insert, () => this.checkParties(call, input));
  }

  async get({ accountId }: Call, id: string): Promise<Reply<Submission>> {
    return toReply(await this.reader.find(accountId, id));
  }

  async history(
    { accountId }: Call,
    { id, page, per_page }: InputOf<typeof submissions.history>,
  ): Promise<Page<StageChange>> {
    await findOwned(this.database.manager, SUBMISSION, accountId, id);
    const [rows, total] = await this.database.manager.findAndCount(StageChangeEntity, {
      where: { account_id: accountId, submission_id: id },
      order: { version: 'ASC' },
      skip: (page - 1) * per_page,
      take: per_page,
    });
    return toPage(rows.map(toStageChange), total, { page, per_page });
  }

  async update(call: Call, input: InputOf<typeof submissions.update>): Promise<Reply<Submission>> {
    const { id, patch } = input;
    return this.write(call, submissions.update, input, async (tx) => {
      const change = await changeOwned(tx, SUBMISSION, call, id, async (row) => ({
        ...(patch as Partial<SubmissionEntity>),
        ...nextStage(row, patch, await databaseTime(tx)),
      }));
      if (change.changed.includes('stage')) await recordStageChange(tx, call, change.before.stage, change.after);
      return change;
    });
  }

  /** Asked of their owners and not kept here, so that what was created a moment ago can be used at once. */
  private async checkParties(call: Call, input: InputOf<typeof submissions.create>): Promise<void> {
    const [job, candidate] = await Promise.all([
      this.bus.call(jobs.get, { id: input.job_id }, call),
      this.bus.call(candidates.get, { id: input.candidate_id }, call).catch(undefinedIfNotFound),
    ]);
    checkParties(job, candidate);
  }

  /**
   * A transaction, once for each idempotency key, in which a second live submission of a candidate to a job is refused:
   * created, or brought back to life. What it changes and the events that say so are committed together.
   */
  private write(
    call: Call,
    command: Command,
    input: unknown,
    work: (tx: EntityManager) => Promise<SubmissionChange>,
    prepare?: () => Promise<void>,
  ): Promise<Reply<Submission>> {
    const publishing = async (tx: EntityManager): Promise<Reply<Submission>> => {
      const change = await work(tx);
      for (const event of submissionEvents(change)) await appendToOutbox(tx, call, event);
      return toReply(change.after);
    };
    return refusingDuplicates(
      'submissions_live',
      () => new DomainError('duplicate_submission'),
      () => this.idempotency.run(call, command, input, publishing, prepare),
    );
  }
}

const toReply = (row: SubmissionEntity): Reply<Submission> => new Reply(toSubmission(row), row.version);

async function recordStageChange(
  tx: EntityManager,
  { actorId }: Call,
  from: Stage | null,
  row: SubmissionEntity,
): Promise<void> {
  await tx.insert(StageChangeEntity, {
    account_id: row.account_id,
    submission_id: row.id,
    version: row.version,
    from_stage: from,
    to_stage: row.stage,
    changed_by: actorId,
    reason: row.rejection_reason,
    at: row.stage_changed_at,
  });
}

function undefinedIfNotFound(error: unknown): undefined {
  if (error instanceof DomainError && error.code === 'not_found') return undefined;
  throw error;
}
