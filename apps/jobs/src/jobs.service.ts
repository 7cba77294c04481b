import { Injectable } from '@nestjs/common';
import type { Command, InputOf } from '@nexivo/contracts/command';
import {
  type CreateJobInput,
  type Job,
  JOB_STATUSES,
  type JobPatch,
  jobs,
  type ListJobsInput,
} from '@nexivo/contracts/jobs';
import type { Page } from '@nexivo/contracts/pagination';
import { appendToOutbox } from '@nexivo/events/outbox';
import type { Call } from '@nexivo/service/call';
import { databaseTime } from '@nexivo/service/database';
import { duplicateExternalId, refusingDuplicates } from '@nexivo/service/duplicates';
import { Idempotency } from '@nexivo/service/idempotency';
import { patchColumns } from '@nexivo/service/merge-patch';
import { changeOwned } from '@nexivo/service/owned';
import { OwnedReader } from '@nexivo/service/owned-reader';
import { filterBy, findPage } from '@nexivo/service/page';
import { Reply } from '@nexivo/service/reply';
import { JOB_FIELDS } from '@nexivo/search/job-fields';
import { filterByAccountAndSearch } from '@nexivo/search/search-filter';
import { derivedSearch, searchVector } from '@nexivo/search/vector';
import { DataSource, type EntityManager, In } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { JobEntity, toJob } from './job.entity.js';
import { type JobChange, jobEvents } from './job-events.js';
import { checkSalary, firstPeriod, nextPeriod } from './job-rules.js';

const JOB = { entity: JobEntity, name: 'job', derived: derivedSearch<JobEntity>(JOB_FIELDS) };

/** The columns of a job of which nothing is known but what is required. */
const ABSENT = {
  description: null,
  department: null,
  location_city: null,
  location_state: null,
  location_country: null,
  workplace: null,
  employment_type: null,
  salary_min: null,
  salary_max: null,
  salary_currency: null,
  external_id: null,
};

/** The rules of jobs. */
@Injectable()
export class JobsService {
  private readonly reader: OwnedReader<JobEntity>;

  constructor(
    private readonly database: DataSource,
    private readonly idempotency: Idempotency,
  ) {
    this.reader = new OwnedReader(database, JOB);
  }

  async list({ accountId }: Call, input: ListJobsInput): Promise<Page<Job>> {
    const query = this.database.manager.createQueryBuilder(JobEntity, 'job');
    const search = await filterByAccountAndSearch(query, JOB_FIELDS, accountId, input.q);
    if (input.tag !== undefined) query.andWhere('job.tags @> array[:tag]', { tag: input.tag });
    filterBy(query, input, ['status', 'department', 'employment_type', 'workplace', 'location_city', 'external_id']);
    const counted = { accountId, filter: 'status', values: input.status ?? JOB_STATUSES };
    return findPage(query, input, toJob, { counted, search });
  }

  async create(call: Call, input: CreateJobInput): Promise<Reply<Job>> {
    const row = Object.assign(new JobEntity(), ABSENT, input, {
      tags: input.tags ?? [],
      custom_fields: input.custom_fields ?? {},
      account_id: call.accountId,
      id: uuidv7(),
    });
    row.search = searchVector(JOB_FIELDS, row);
    checkSalary(row);
    return this.write(call, jobs.create, input, async (tx) => {
      const now = await databaseTime(tx);
      Object.assign(row, firstPeriod(input.status, now), { created_at: now, updated_at: now });
      await tx.insert(JobEntity, row);
      return { before: null, after: row };
    });
  }

  async get({ accountId }: Call, id: string): Promise<Reply<Job>> {
    return toReply(await this.reader.find(accountId, id));
  }

  async getMany({ accountId }: Call, ids: string[]): Promise<Job[]> {
    const rows = await this.database.manager.findBy(JobEntity, { account_id: accountId, id: In(ids) });
    return rows.map(toJob);
  }

  async update(call: Call, input: InputOf<typeof jobs.update>): Promise<Reply<Job>> {
    return this.write(call, jobs.update, input, (tx) => patch(tx, call, input.id, input.patch));
  }

  async close(call: Call, input: InputOf<typeof jobs.close>): Promise<Reply<Job>> {
    return this.write(call, jobs.close, input, (tx) => patch(tx, call, input.id, { status: 'closed' }));
  }

  /**
   * A transaction, once for each idempotency key, in which a second job with an `external_id` is refused. What it changes
   * and the events that say so are committed together.
   */
  private write(
    call: Call,
    command: Command,
    input: unknown,
    work: (tx: EntityManager) => Promise<JobChange>,
  ): Promise<Reply<Job>> {
    const publishing = async (tx: EntityManager): Promise<Reply<Job>> => {
      const change = await work(tx);
      for (const event of jobEvents(command, change)) await appendToOutbox(tx, call, event);
      return toReply(change.after);
    };
    return refusingDuplicates(
      'jobs_external_id',
      () => duplicateExternalId('job'),
      () => this.idempotency.run(call, command, input, publishing),
    );
  }
}

const toReply = (row: JobEntity): Reply<Job> => new Reply(toJob(row), row.version);

const patch = (tx: EntityManager, call: Call, id: string, changes: JobPatch): Promise<JobChange> =>
  changeOwned(tx, JOB, call, id, async (row) => {
    const columns = patchColumns(row, changes, ['tags']);
    checkSalary({ ...row, ...columns });
    if (changes.status === undefined) return columns;
    return { ...columns, ...nextPeriod(row, changes.status, await databaseTime(tx)) };
  });
