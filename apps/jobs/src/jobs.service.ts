import { Injectable } from '@nestjs/common';
import type { InputOf } from '@nexivo/contracts/command';
import {
  type CreateJobInput,
  JOB_READ_ONLY,
  type Job,
  JOB_STATUSES,
  type JobPatch,
  type JobPut,
  jobs,
  type ListJobsInput,
} from '@nexivo/contracts/jobs';
import { ResourceWrites, type RowChange } from '@nexivo/events/resource-writes';
import type { RequestContext } from '@nexivo/bus/context';
import { changeTime } from '@nexivo/store/change-time';
import { databaseTime } from '@nexivo/store/database';
import { duplicateExternalId } from '@nexivo/store/duplicates';
import { Idempotency } from '@nexivo/store/idempotency';
import { patchColumns, patchCustomFields } from '@nexivo/store/merge-patch';
import { changeOwned, insertOwned } from '@nexivo/store/owned';
import { OwnedReader } from '@nexivo/store/owned-reader';
import { asJson } from '@nexivo/store/raw-rows';
import { filterBy, filterByText, findPage } from '@nexivo/store/page';
import { retryingPut, checkExternalId, putByExternalId } from '@nexivo/store/put';
import { withoutReadOnly } from '@nexivo/store/read-only';
import type { JsonText, PageReply, Reply } from '@nexivo/bus/reply';
import { findBestMatches } from '@nexivo/store/best-matches';
import { beginningsIn, byBeginningsOf, filterByBeginnings, isBestFirst } from '@nexivo/search/beginnings';
import { JOB_FIELDS } from '@nexivo/search/job-fields';
import { filterByAccountAndSearch } from '@nexivo/search/search-filter';
import { searchVector } from '@nexivo/search/vector';
import { DataSource, type EntityManager } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { JOB, JobEntity, toJob } from './job.entity.js';
import { jobEvents, type JobEventType } from './job-events.js';
import { COUNTED } from './database.js';
import { checkSalary, firstPeriod, nextPeriod } from './job-rules.js';

/** What texts a list is filtered by. */
const FILTERS = {
  tag: { column: 'tags', isList: true },
  department: { column: 'department' },
  location_city: { column: 'location_city' },
} as const;

/** What a job is called, as the index over it says. */
const LABEL = 'folded(job.title)';

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
  private readonly reader: OwnedReader<JobEntity, Job>;
  private readonly writes: ResourceWrites<JobEntity, JobEventType>;

  constructor(
    private readonly database: DataSource,
    idempotency: Idempotency,
  ) {
    this.reader = new OwnedReader(database, JOB);
    this.writes = new ResourceWrites(idempotency, {
      kind: JOB,
      eventsOf: jobEvents,
      unique: { index: 'jobs_external_id', refusal: (...of) => duplicateExternalId(database.manager, JOB, ...of) },
    });
  }

  async list({ accountId }: RequestContext, input: ListJobsInput): Promise<PageReply<JsonText<Job>>> {
    const query = this.database.manager.createQueryBuilder(JobEntity, 'job');
    const isTyped = input.title !== undefined && isBestFirst(input);
    const search = isTyped ? undefined : filterByAccountAndSearch(query, JOB_FIELDS, accountId, input);
    filterByText(query, input, FILTERS);
    filterBy(query, input, ['status', 'employment_type', 'workplace', 'external_id']);
    if (input.title !== undefined) {
      const beginnings = beginningsIn(input.title, JOB_FIELDS, 'title');
      if (isTyped) {
        const typed = {
          text: input.title,
          labels: [LABEL] as const,
          accountId,
          narrow: byBeginningsOf(accountId, beginnings),
        };
        return findBestMatches(query, input, asJson<Job>(), typed);
      }
      filterByBeginnings(query, beginnings);
    }
    const counted = { accountId, table: COUNTED, values: input.status ?? JOB_STATUSES };
    return findPage(query, input, asJson<Job>(), { counted, search });
  }

  async create(context: RequestContext, input: CreateJobInput): Promise<Reply<Job>> {
    return this.writes.run(context, jobs.create, input, (tx) => insert(tx, context, input));
  }

  /** Creates or changes the job that carries an id of the client's own. */
  async put(context: RequestContext, input: InputOf<typeof jobs.put>): Promise<Reply<Job>> {
    const { external_id: externalId, values } = input;
    checkExternalId(externalId, values.external_id);
    return retryingPut(() =>
      this.writes.run(context, jobs.put, input, (tx) =>
        putByExternalId<JobEntity, RowChange<JobEntity>>(tx, JOB, context, {
          externalId,
          create: () => insert(tx, context, newJob(externalId, values)),
          change: (row) => patch(tx, context, row.id, values),
        }),
      ),
    );
  }

  get({ accountId }: RequestContext, id: string): Promise<Reply<JsonText<Job>>> {
    return this.reader.get(accountId, id);
  }

  getMany({ accountId }: RequestContext, ids: string[]): Promise<JsonText<Job>[]> {
    return this.reader.getMany(accountId, ids);
  }

  async update(context: RequestContext, input: InputOf<typeof jobs.update>): Promise<Reply<Job>> {
    return this.writes.run(context, jobs.update, input, (tx) => patch(tx, context, input.id, input.patch));
  }

  async close(context: RequestContext, input: InputOf<typeof jobs.close>): Promise<Reply<Job>> {
    return this.writes.run(context, jobs.close, input, (tx) => patch(tx, context, input.id, { status: 'closed' }));
  }
}

const newJob = (externalId: string, values: JobPut): CreateJobInput => ({
  ...withoutReadOnly(values, NOT_YET, JOB_READ_ONLY),
  external_id: externalId,
  openings: values.openings ?? 1,
  status: values.status ?? 'open',
  custom_fields: patchCustomFields({}, values.custom_fields ?? null),
});

/** Of a job that is not there nothing stands. */
const NOT_YET = Object.fromEntries(JOB_READ_ONLY.map((name) => [name, undefined])) as Record<
  (typeof JOB_READ_ONLY)[number],
  undefined
>;

async function insert(
  tx: EntityManager,
  { accountId }: RequestContext,
  input: CreateJobInput,
): Promise<RowChange<JobEntity>> {
  const row = Object.assign(new JobEntity(), ABSENT, input, {
    tags: input.tags ?? [],
    custom_fields: input.custom_fields ?? {},
    account_id: accountId,
    id: newId(),
  });
  row.search = searchVector(JOB_FIELDS, row);
  checkSalary(row);
  const now = await changeTime(tx, COUNTED.table, accountId);
  Object.assign(row, firstPeriod(input.status, now), { created_at: now, updated_at: now });
  return { before: null, after: await insertOwned(tx, JOB, row) };
}

const patch = (
  tx: EntityManager,
  context: RequestContext,
  id: string,
  changes: JobPatch,
): Promise<RowChange<JobEntity>> =>
  changeOwned(tx, JOB, context, id, async (row) => {
    const columns = patchColumns(row, withoutReadOnly(changes, toJob(row), JOB_READ_ONLY), ['tags']);
    checkSalary({ ...row, ...columns });
    if (changes.status === undefined) return columns;
    return { ...columns, ...nextPeriod(row, changes.status, await databaseTime(tx)) };
  });
