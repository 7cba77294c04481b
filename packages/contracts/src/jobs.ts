import { z } from 'zod';
import { defineCommand } from './command.js';
import { currency } from './currencies.js';
import {
  anyOf,
  BY_RELEVANCE,
  commaSeparated,
  listOf,
  listParameters,
  pageDepth,
  pageOf,
  relevance,
  searchParameter,
  typeAhead,
} from './pagination.js';
import { readOnly } from './read-only.js';
import { defineRoute } from './route.js';
import { country, customFields, customFieldsPatch, id, multilineText, text, timestamp, uniqueTexts } from './text.js';

export const JOB_STATUSES = ['open', 'on_hold', 'closed'] as const;
export const jobStatus = z.enum(JOB_STATUSES).meta({ id: 'JobStatus' });
export type JobStatus = z.output<typeof jobStatus>;

export const WORKPLACES = ['on_site', 'hybrid', 'remote'] as const;
const workplace = z.enum(WORKPLACES).meta({ id: 'Workplace' });

export const EMPLOYMENT_TYPES = ['full_time', 'part_time', 'contract', 'temporary', 'internship'] as const;
const employmentType = z.enum(EMPLOYMENT_TYPES).meta({ id: 'EmploymentType' });

/** An amount of money in minor units of `salary_currency` (cents, for USD). */
const minorUnits = z.int().min(0).meta({ id: 'MinorUnits', description: 'Of `salary_currency`: cents, for USD' });

const openings = z.int().min(1).max(10_000);

const required = { title: text(200) };

/** What a job may lack: absent or `null` on create, cleared by `null` in a PATCH. */
const optional = {
  description: multilineText(50_000)
    .meta({ description: 'Searchable whole; a phrase within its first 16,383 words' })
    .nullish(),
  department: text(200).nullish(),
  location_city: text(100).nullish(),
  location_state: text(100).nullish(),
  location_country: country.nullish(),
  workplace: workplace.nullish(),
  employment_type: employmentType.nullish(),
  salary_min: minorUnits.nullish(),
  salary_max: minorUnits.nullish(),
  salary_currency: currency.nullish(),
  tags: uniqueTexts(50, 60).nullish(),
  external_id: text(200).nullish(),
};

const example = {
  title: 'Senior Backend Engineer',
  department: 'Engineering',
  location_city: 'Berlin',
  location_country: 'DE',
  workplace: 'hybrid',
  employment_type: 'full_time',
  salary_min: 7500000,
  salary_max: 9500000,
  salary_currency: 'EUR',
  tags: ['backend'],
};

/** What the example becomes. */
export const jobExample = {
  id: '019ab2f0-4c1b-7e92-8a77-3f2d9be01c54',
  ...example,
  description: null,
  location_state: null,
  openings: 1,
  status: 'open',
  external_id: null,
  custom_fields: {},
  opened_at: '2026-11-23T12:00:00.000Z',
  closed_at: null,
  created_at: '2026-11-23T12:00:00.000Z',
  updated_at: '2026-11-23T12:00:00.000Z',
};

/** A job as the API shows it. */
export const job = z
  .object({
    id,
    title: z.string(),
    description: z.string().nullable(),
    department: z.string().nullable(),
    location_city: z.string().nullable(),
    location_state: z.string().nullable(),
    location_country: z.string().nullable(),
    workplace: workplace.nullable(),
    employment_type: employmentType.nullable(),
    openings,
    salary_min: minorUnits.nullable(),
    salary_max: minorUnits.nullable(),
    salary_currency: z.string().nullable(),
    status: jobStatus,
    tags: z.array(z.string()),
    external_id: z.string().nullable().meta({ description: 'Your own id; unique in the account' }),
    custom_fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    opened_at: timestamp,
    closed_at: timestamp.nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Job', description: 'A position to fill', example: jobExample });
export type Job = z.output<typeof job>;

export const createJobInput = z
  .strictObject({
    ...required,
    ...optional,
    openings: openings.default(1),
    status: jobStatus.default('open'),
    custom_fields: customFields.nullish(),
  })
  .meta({ id: 'CreateJob', example });
export type CreateJobInput = z.output<typeof createJobInput>;

/** Members that only the API sets. */
export const JOB_READ_ONLY = ['id', 'opened_at', 'closed_at', 'created_at', 'updated_at'] as const;

export const jobPatch = z
  .strictObject({
    ...required,
    ...optional,
    openings,
    status: jobStatus,
    custom_fields: customFieldsPatch.nullish(),
    ...readOnly(JOB_READ_ONLY),
  })
  .partial()
  .meta({ id: 'JobPatch', description: 'A JSON merge patch (RFC 7396)' });
export type JobPatch = z.output<typeof jobPatch>;

export const jobPut = jobPatch.extend(required).meta({
  id: 'PutJob',
  description: 'What is left out stays as it is, as in a PATCH; of a new one it is absent',
});
export type JobPut = z.output<typeof jobPut>;

export const JOB_SORT_KEYS = [
  'created_at',
  'updated_at',
  'opened_at',
  'title',
  BY_RELEVANCE,
] as const satisfies readonly (keyof Job | typeof BY_RELEVANCE)[];

/** What may stand before a word of `q`. */
export const JOB_SEARCH_FIELDS = [
  'title',
  'department',
  'city',
  'tag',
  'state',
  'country',
  'external_id',
  'description',
] as const;

export const listJobsInput = z
  .strictObject({
    ...listParameters(JOB_SORT_KEYS),
    ...searchParameter(JOB_SEARCH_FIELDS),
    title: typeAhead(200, 'jobs whose title has'),
    status: commaSeparated(JOB_STATUSES).optional(),
    department: anyOf(text(200), 'Jobs of this department').optional(),
    employment_type: commaSeparated(EMPLOYMENT_TYPES).optional(),
    workplace: commaSeparated(WORKPLACES).optional(),
    location_city: anyOf(text(100), 'Jobs in this city').optional(),
    tag: anyOf(text(60), 'Jobs that carry this tag').optional(),
    external_id: text(200)
      .optional()
      .meta({ description: 'The job that carries this id of your own, exactly as it was sent' }),
  })
  .refine(pageDepth.check, pageDepth.message)
  .refine(relevance.check, relevance.message);
export type ListJobsInput = z.output<typeof listJobsInput>;

const byId = z.strictObject({ id: id.meta({ description: 'Id of the job', example: jobExample.id }) });

const byExternalId = z.strictObject({
  external_id: text(200).meta({ description: 'Your own id of the job', example: 'A-1041' }),
});

export const jobs = {
  list: defineCommand({ subject: 'jobs.list', input: listJobsInput, output: pageOf(job) }),
  create: defineCommand({ subject: 'jobs.create', input: createJobInput, output: job }),
  get: defineCommand({ subject: 'jobs.get', input: byId, output: job }),
  /** Several at once, in no order; ids that name nothing are left out. */
  getMany: defineCommand({
    subject: 'jobs.get_many',
    input: z.strictObject({ ids: z.array(id).max(100) }),
    output: z.array(job),
  }),
  /** Creates or changes the one that carries an id of the client's own. */
  put: defineCommand({
    subject: 'jobs.put',
    input: byExternalId.extend({ values: jobPut }),
    output: job,
  }),
  update: defineCommand({ subject: 'jobs.update', input: byId.extend({ patch: jobPatch }), output: job }),
  close: defineCommand({ subject: 'jobs.close', input: byId, output: job }),
};

const changes = { status: 'on_hold', openings: 2 };

export const jobRoutes = {
  list: defineRoute({
    operationId: 'listJobs',
    method: 'GET',
    path: '/jobs',
    summary: 'List jobs',
    description: 'All statuses, unless `status` asks for some.',
    tag: 'Jobs',
    scope: 'jobs:read',
    query: listJobsInput,
    response: listOf(job, 'JobList'),
    status: 200,
  }),
  create: defineRoute({
    operationId: 'createJob',
    method: 'POST',
    path: '/jobs',
    summary: 'Create a job',
    tag: 'Jobs',
    scope: 'jobs:write',
    body: createJobInput,
    response: job,
    status: 201,
    hasETag: true,
    location: '/jobs/{id}',
    errors: ['duplicate_external_id'],
    example,
  }),
  get: defineRoute({
    operationId: 'getJob',
    method: 'GET',
    path: '/jobs/{id}',
    summary: 'Get a job',
    tag: 'Jobs',
    scope: 'jobs:read',
    params: byId,
    response: job,
    status: 200,
    hasETag: true,
  }),
  put: defineRoute({
    operationId: 'putJob',
    method: 'PUT',
    path: '/jobs/by_external_id/{external_id}',
    summary: 'Create or update a job by your own id',
    description:
      'Creates the job with this `external_id` (201), or changes it (200): what is left out stays as it is, `null` clears. A closed job stays so unless `status` reopens it.',
    tag: 'Jobs',
    scope: 'jobs:write',
    params: byExternalId,
    body: jobPut,
    response: job,
    status: 200,
    mayCreate: true,
    hasETag: true,
    location: '/jobs/{id}',
    errors: ['duplicate_external_id'],
    example,
  }),
  update: defineRoute({
    operationId: 'updateJob',
    method: 'PATCH',
    path: '/jobs/{id}',
    summary: 'Update a job',
    description: 'A JSON merge patch. `status: "open"` reopens a closed job.',
    tag: 'Jobs',
    scope: 'jobs:write',
    params: byId,
    body: jobPatch,
    response: job,
    status: 200,
    hasETag: true,
    errors: ['duplicate_external_id'],
    example: changes,
  }),
  close: defineRoute({
    operationId: 'closeJob',
    method: 'DELETE',
    path: '/jobs/{id}',
    summary: 'Close a job',
    description: 'Sets `status` to `closed` and answers the job as it now stands.',
    tag: 'Jobs',
    scope: 'jobs:write',
    params: byId,
    response: job,
    status: 200,
    hasETag: true,
  }),
};
