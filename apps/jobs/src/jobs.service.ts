import { Injectable } from '@nestjs/common';
import type { CreateJobInput, Job, JobPatch, ListJobsInput } from '@nexivo/contracts/jobs';
import type { Page } from '@nexivo/contracts/pagination';
import type { Call } from '@nexivo/service/call';
import { databaseTime } from '@nexivo/service/database';
import { duplicateExternalId, refusingDuplicates } from '@nexivo/service/duplicates';
import { patchColumns } from '@nexivo/service/merge-patch';
import { changeOwned, findOwned } from '@nexivo/service/owned';
import { filterBy, findPage } from '@nexivo/service/page';
import { DataSource, type EntityManager, In } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { JobEntity, toJob } from './job.entity.js';
import { checkSalary, firstPeriod, nextPeriod } from './job-rules.js';

const JOB = { entity: JobEntity, name: 'job' };

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
  constructor(private readonly database: DataSource) {}

  async list({ accountId }: Call, input: ListJobsInput): Promise<Page<Job>> {
    const query = this.database.manager
      .createQueryBuilder(JobEntity, 'job')
      .where('job.account_id = :accountId', { accountId });
    if (input.tag !== undefined) query.andWhere('job.tags @> array[:tag]', { tag: input.tag });
    filterBy(query, input, ['status', 'department', 'employment_type', 'workplace', 'location_city', 'external_id']);
    return findPage(query, input, toJob);
  }

  async create({ accountId }: Call, input: CreateJobInput): Promise<Job> {
    const row = Object.assign(new JobEntity(), ABSENT, input, {
      tags: input.tags ?? [],
      custom_fields: input.custom_fields ?? {},
      account_id: accountId,
      id: uuidv7(),
    });
    checkSalary(row);
    await this.write(async (tx) => {
      const now = await databaseTime(tx);
      Object.assign(row, firstPeriod(input.status, now), { created_at: now, updated_at: now });
      await tx.insert(JobEntity, row);
    });
    return toJob(row);
  }

  async get({ accountId }: Call, id: string): Promise<Job> {
    return toJob(await findOwned(this.database.manager, JOB, accountId, id));
  }

  async getMany({ accountId }: Call, ids: string[]): Promise<Job[]> {
    const rows = await this.database.manager.findBy(JobEntity, { account_id: accountId, id: In(ids) });
    return rows.map(toJob);
  }

  async update({ accountId }: Call, id: string, patch: JobPatch): Promise<Job> {
    const { after } = await this.write((tx) =>
      changeOwned(tx, JOB, accountId, id, async (row) => {
        const columns = patchColumns(row, patch, ['tags']);
        checkSalary({ ...row, ...columns });
        if (patch.status === undefined) return columns;
        return { ...columns, ...nextPeriod(row, patch.status, await databaseTime(tx)) };
      }),
    );
    return toJob(after);
  }

  async close(call: Call, id: string): Promise<Job> {
    return this.update(call, id, { status: 'closed' });
  }

  private write<Result>(work: (tx: EntityManager) => Promise<Result>): Promise<Result> {
    return refusingDuplicates(
      'jobs_external_id',
      () => duplicateExternalId('job'),
      () => this.database.transaction(work),
    );
  }
}
