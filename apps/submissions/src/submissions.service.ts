import { Injectable } from '@nestjs/common';
import { candidates } from '@nexivo/contracts/candidates';
import type { InputOf } from '@nexivo/contracts/command';
import { jobs } from '@nexivo/contracts/jobs';
import {
  type ListSubmissionsInput,
  type Stage,
  type StageChange,
  STAGES,
  type Submission,
  SUBMISSION_READ_ONLY,
  submissions,
} from '@nexivo/contracts/submissions';
import { formatPrincipal } from '@nexivo/contracts/principal';
import { ResourceWrites, type RowChange } from '@nexivo/events/resource-writes';
import { BusClient } from '@nexivo/bus/client';
import type { RequestContext } from '@nexivo/bus/context';
import { changeTime } from '@nexivo/store/change-time';
import { databaseTime } from '@nexivo/store/database';
import { DomainError } from '@nexivo/bus/domain-error';
import { Idempotency } from '@nexivo/store/idempotency';
import { changeOwned, findOwned, insertOwned } from '@nexivo/store/owned';
import { OwnedReader } from '@nexivo/store/owned-reader';
import { asJson } from '@nexivo/store/raw-rows';
import { filterBy, findPage, toPage } from '@nexivo/store/page';
import { withoutReadOnly } from '@nexivo/store/read-only';
import type { JsonText, PageReply, Reply } from '@nexivo/bus/reply';
import { DataSource, type EntityManager, Not } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { StageChangeEntity, toStageChange } from './stage-change.entity.js';
import { SUBMISSION, SubmissionEntity, toSubmission } from './submission.entity.js';
import { submissionEvents, type SubmissionEventType } from './submission-events.js';
import { COUNTED } from './database.js';
import { checkEligibility } from './submission-eligibility.js';
import { firstStage, nextStage } from './submission-stages.js';

/** The columns of a submission of which nothing is known but what is required. */
const ABSENT = { notes: null, source: null, rejection_reason: null };

/** The rules of submissions. */
@Injectable()
export class SubmissionsService {
  private readonly reader: OwnedReader<SubmissionEntity, Submission>;
  private readonly writes: ResourceWrites<SubmissionEntity, SubmissionEventType>;

  constructor(
    private readonly database: DataSource,
    private readonly bus: BusClient,
    idempotency: Idempotency,
  ) {
    this.reader = new OwnedReader(database, SUBMISSION);
    this.writes = new ResourceWrites(idempotency, {
      kind: SUBMISSION,
      eventsOf: (_command, change) => submissionEvents(change),
      // Of a candidate to a job: created, or brought back to life.
      unique: { index: 'submissions_live', refusal: (...of) => duplicateSubmission(database.manager, ...of) },
    });
  }

  async list({ accountId }: RequestContext, input: ListSubmissionsInput): Promise<PageReply<JsonText<Submission>>> {
    const query = this.database.manager
      .createQueryBuilder(SubmissionEntity, 'submission')
      .where('submission.account_id = :accountId', { accountId });
    filterBy(query, input, ['job_id', 'candidate_id', 'stage']);
    const counted = { accountId, table: COUNTED, values: input.stage ?? STAGES };
    return findPage(query, input, asJson<Submission>(), { counted });
  }

  async listForJob(
    context: RequestContext,
    input: InputOf<typeof submissions.listForJob>,
  ): Promise<PageReply<JsonText<Submission>>> {
    const [page] = await Promise.all([
      this.list(context, input),
      this.bus.request(jobs.get, { id: input.job_id }, context),
    ]);
    return page;
  }

  async create(context: RequestContext, input: InputOf<typeof submissions.create>): Promise<Reply<Submission>> {
    const row = Object.assign(new SubmissionEntity(), ABSENT, input, { account_id: context.accountId, id: newId() });
    const insert = async (tx: EntityManager): Promise<RowChange<SubmissionEntity>> => {
      const now = await changeTime(tx, COUNTED.table, context.accountId);
      Object.assign(row, firstStage(row, now), { created_at: now, updated_at: now });
      await insertOwned(tx, SUBMISSION, row);
      await recordStageChange(tx, context, null, row);
      return { before: null, after: row };
    };
    return this.writes.run(context, submissions.create, input, insert, () => this.checkEligibility(context, input));
  }

  get({ accountId }: RequestContext, id: string): Promise<Reply<JsonText<Submission>>> {
    return this.reader.get(accountId, id);
  }

  async history(
    { accountId }: RequestContext,
    { id, page, per_page }: InputOf<typeof submissions.history>,
  ): Promise<PageReply<StageChange>> {
    await findOwned(this.database.manager, SUBMISSION, accountId, id);
    const [rows, total] = await this.database.manager.findAndCount(StageChangeEntity, {
      where: { account_id: accountId, submission_id: id },
      order: { version: 'ASC' },
      skip: (page - 1) * per_page,
      take: per_page,
    });
    return toPage(rows.map(toStageChange), total, { page, per_page });
  }

  async update(context: RequestContext, input: InputOf<typeof submissions.update>): Promise<Reply<Submission>> {
    const { id, patch } = input;
    return this.writes.run(context, submissions.update, input, async (tx) => {
      const change = await changeOwned(tx, SUBMISSION, context, id, async (row) => ({
        ...(withoutReadOnly(patch, toSubmission(row), SUBMISSION_READ_ONLY) as Partial<SubmissionEntity>),
        ...nextStage(row, patch, await databaseTime(tx)),
      }));
      if (change.changed.includes('stage')) await recordStageChange(tx, context, change.before.stage, change.after);
      return change;
    });
  }

  /** Asked of their owners and not kept here, so that what was created a moment ago can be used at once. */
  private async checkEligibility(context: RequestContext, input: InputOf<typeof submissions.create>): Promise<void> {
    const [job, candidate] = await Promise.all([
      this.bus.request(jobs.get, { id: input.job_id }, context),
      this.bus.request(candidates.get, { id: input.candidate_id }, context).catch(undefinedIfNotFound),
    ]);
    checkEligibility(job, candidate);
  }
}

/** @param input of a create, or of an update that takes back a rejection */
async function duplicateSubmission(
  manager: EntityManager,
  { accountId }: RequestContext,
  input: { job_id: string; candidate_id: string } | { id: string },
): Promise<DomainError> {
  const { job_id, candidate_id } = 'id' in input ? await findOwned(manager, SUBMISSION, accountId, input.id) : input;
  const holder = await manager.findOneBy(SubmissionEntity, {
    account_id: accountId,
    job_id,
    candidate_id,
    stage: Not('rejected'),
  });
  const existing = holder && { existing_id: holder.id };
  return new DomainError('duplicate_submission', {
    errors: [{ field: 'candidate_id', code: 'duplicate', message: 'is submitted to this job already', ...existing }],
  });
}

async function recordStageChange(
  tx: EntityManager,
  { principal }: RequestContext,
  from: Stage | null,
  row: SubmissionEntity,
): Promise<void> {
  await tx.insert(StageChangeEntity, {
    account_id: row.account_id,
    submission_id: row.id,
    version: row.version,
    from_stage: from,
    to_stage: row.stage,
    changed_by: formatPrincipal(principal),
    reason: row.rejection_reason,
    at: row.stage_changed_at,
  });
}

function undefinedIfNotFound(error: unknown): undefined {
  if (error instanceof DomainError && error.code === 'not_found') return undefined;
  throw error;
}
