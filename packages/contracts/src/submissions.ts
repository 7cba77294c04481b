import { z } from 'zod';
import { candidate, candidateExample } from './candidates.js';
import { defineCommand } from './command.js';
import { job, jobExample } from './jobs.js';
import {
  commaSeparated,
  listOf,
  listParameters,
  numberedListOf,
  pageDepth,
  pageOf,
  pageParameters,
} from './pagination.js';
import { principal } from './principal.js';
import { readOnly } from './read-only.js';
import { defineRoute } from './route.js';
import { id, multilineText, text, timestamp } from './text.js';

export const STAGES = ['screening', 'interview', 'offer', 'placed', 'rejected'] as const;
export const stage = z.enum(STAGES).meta({ id: 'Stage' });
export type Stage = z.output<typeof stage>;

const example = { candidate_id: candidateExample.id, notes: 'Referred by the platform team' };

/** What the example becomes. */
export const submissionExample = {
  id: '019ab2f3-0d64-7b08-b1c5-6e3a5f7c2d19',
  job_id: jobExample.id,
  ...example,
  stage: 'screening',
  source: null,
  rejection_reason: null,
  stage_changed_at: '2026-11-23T12:05:00.000Z',
  placed_at: null,
  rejected_at: null,
  created_at: '2026-11-23T12:05:00.000Z',
  updated_at: '2026-11-23T12:05:00.000Z',
};

/** A submission as its service keeps it. */
export const submission = z
  .object({
    id,
    job_id: id,
    candidate_id: id,
    stage,
    notes: z.string().nullable(),
    source: z.string().nullable(),
    rejection_reason: z.string().nullable().meta({ description: 'Only while `stage` is `rejected`' }),
    stage_changed_at: timestamp,
    placed_at: timestamp.nullable(),
    rejected_at: timestamp.nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Submission', description: 'A candidate put forward for a job', example: submissionExample });
export type Submission = z.output<typeof submission>;

/** A submission with the objects that `expand` asked for. */
export const expandedSubmission = submission
  .extend({
    candidate: candidate.optional().meta({ description: 'With `expand=candidate`' }),
    job: job.optional().meta({ description: 'With `expand=job`' }),
  })
  .meta({
    id: 'ExpandedSubmission',
    description: 'A submission, with the objects that `expand` asked for',
    example: { ...submissionExample, candidate: candidateExample },
  });
export type ExpandedSubmission = z.output<typeof expandedSubmission>;

/** One change of stage; the first has no `from`. */
export const stageChange = z
  .object({
    from: stage.nullable(),
    to: stage,
    changed_by: principal.meta({ description: 'Who made the change' }),
    reason: z.string().nullable().meta({ description: 'The rejection reason, where there is one' }),
    at: timestamp,
  })
  .meta({
    id: 'StageChange',
    description: 'One change of stage of a submission; the first has no `from`',
    example: {
      from: null,
      to: 'screening',
      changed_by: { type: 'token', id: '019ab2ef-91d3-7c55-a0de-5b8f40c2e7a3' },
      reason: null,
      at: submissionExample.created_at,
    },
  });
export type StageChange = z.output<typeof stageChange>;

const optional = {
  notes: multilineText(20_000).nullish(),
  source: text(100).nullish(),
  rejection_reason: text(1_000).nullish(),
};

export const createSubmissionInput = z
  .strictObject({ candidate_id: id, stage: stage.default('screening'), ...optional })
  .meta({ id: 'CreateSubmission', example });
export type CreateSubmissionInput = z.output<typeof createSubmissionInput>;

/** Members that are set when it is created, or by the API alone. */
export const SUBMISSION_READ_ONLY = [
  'id',
  'job_id',
  'candidate_id',
  'stage_changed_at',
  'placed_at',
  'rejected_at',
  'created_at',
  'updated_at',
] as const;

export const submissionPatch = z
  .strictObject({ stage, ...optional, ...readOnly(SUBMISSION_READ_ONLY) })
  .partial()
  .meta({ id: 'SubmissionPatch', description: 'A JSON merge patch (RFC 7396)' });
export type SubmissionPatch = z.output<typeof submissionPatch>;

export const SUBMISSION_SORT_KEYS = [
  'created_at',
  'updated_at',
  'stage_changed_at',
] as const satisfies readonly (keyof Submission)[];
export const EXPANSIONS = ['candidate', 'job'] as const;
export type Expansion = (typeof EXPANSIONS)[number];

const expand = commaSeparated(EXPANSIONS)
  .default([])
  .meta({
    description: `Objects to put in place: ${EXPANSIONS.join(', ')}, separated by commas. Each needs the token's scope to read it.`,
  });

const filters = {
  candidate_id: id.optional().meta({ description: 'Submissions of this candidate' }),
  stage: commaSeparated(STAGES).optional(),
};
const jobFilter = { job_id: id.optional().meta({ description: 'Submissions to this job', example: jobExample.id }) };

const parameters = listParameters(SUBMISSION_SORT_KEYS);
export const listSubmissionsInput = z.strictObject({ ...parameters, ...filters, ...jobFilter });
export type ListSubmissionsInput = z.output<typeof listSubmissionsInput>;

const byId = z.strictObject({ id: id.meta({ description: 'Id of the submission', example: submissionExample.id }) });
const byJobId = z.strictObject({ job_id: id.meta({ description: 'Id of the job', example: jobExample.id }) });

/** For commands that ask other services first: longer than those take, so that whoever did not answer is named as such. */
const ASKS_OTHERS_TIMEOUT_MS = 7_500;

export const submissions = {
  list: defineCommand({ subject: 'submissions.list', input: listSubmissionsInput, output: pageOf(submission) }),
  /** As `list`, but `not_found` for a job that the account does not have. */
  listForJob: defineCommand({
    subject: 'submissions.list_for_job',
    input: listSubmissionsInput.extend({ job_id: id }),
    output: pageOf(submission),
    timeoutMs: ASKS_OTHERS_TIMEOUT_MS,
  }),
  create: defineCommand({
    subject: 'submissions.create',
    input: createSubmissionInput.extend({ job_id: id }),
    output: submission,
    timeoutMs: ASKS_OTHERS_TIMEOUT_MS,
  }),
  get: defineCommand({ subject: 'submissions.get', input: byId, output: submission }),
  history: defineCommand({
    subject: 'submissions.history',
    input: byId.extend(pageParameters),
    output: pageOf(stageChange),
  }),
  update: defineCommand({
    subject: 'submissions.update',
    input: byId.extend({ patch: submissionPatch }),
    output: submission,
  }),
};

const submissionList = listOf(expandedSubmission, 'SubmissionList');

export const submissionRoutes = {
  listForJob: defineRoute({
    operationId: 'listJobSubmissions',
    method: 'GET',
    path: '/jobs/{job_id}/submissions',
    summary: 'List submissions to a job',
    tag: 'Submissions',
    scope: 'submissions:read',
    params: byJobId,
    query: z.strictObject({ ...parameters, ...filters, expand }).refine(pageDepth.check, pageDepth.message),
    response: submissionList,
    status: 200,
  }),
  create: defineRoute({
    operationId: 'createSubmission',
    method: 'POST',
    path: '/jobs/{job_id}/submissions',
    summary: 'Submit a candidate to a job',
    description:
      'The job must be `open` and the candidate not `inactive`; a candidate has at most one submission to a job that is not `rejected`.',
    tag: 'Submissions',
    scope: 'submissions:write',
    params: byJobId,
    body: createSubmissionInput,
    response: submission,
    status: 201,
    hasETag: true,
    location: '/submissions/{id}',
    errors: ['duplicate_submission'],
    example,
  }),
  list: defineRoute({
    operationId: 'listSubmissions',
    method: 'GET',
    path: '/submissions',
    summary: 'List submissions',
    tag: 'Submissions',
    scope: 'submissions:read',
    query: z
      .strictObject({ ...parameters, ...filters, ...jobFilter, expand })
      .refine(pageDepth.check, pageDepth.message),
    response: submissionList,
    status: 200,
  }),
  get: defineRoute({
    operationId: 'getSubmission',
    method: 'GET',
    path: '/submissions/{id}',
    summary: 'Get a submission',
    description: 'With `expand` the answer carries no `ETag`.',
    tag: 'Submissions',
    scope: 'submissions:read',
    params: byId,
    query: z.strictObject({ expand }),
    response: expandedSubmission,
    status: 200,
    hasETag: true,
  }),
  history: defineRoute({
    operationId: 'getSubmissionHistory',
    method: 'GET',
    path: '/submissions/{id}/history',
    summary: 'List the stage changes of a submission',
    description: 'Oldest first.',
    tag: 'Submissions',
    scope: 'submissions:read',
    params: byId,
    query: z.strictObject(pageParameters).refine(pageDepth.check, pageDepth.message),
    response: numberedListOf(stageChange, 'StageChangeList'),
    status: 200,
  }),
  update: defineRoute({
    operationId: 'updateSubmission',
    method: 'PATCH',
    path: '/submissions/{id}',
    summary: 'Update a submission, such as its stage',
    description:
      'Any stage may follow any other. `rejection_reason` is accepted only while the stage is, or becomes, `rejected`, and is cleared when it no longer is. A change of the stage is published as `submission.stage_changed`, and as `submission.placed` too if it becomes `placed`, which makes the candidate `placed` a moment later; there is no event for a change of other members alone.',
    tag: 'Submissions',
    scope: 'submissions:write',
    params: byId,
    body: submissionPatch,
    response: submission,
    status: 200,
    hasETag: true,
    errors: ['duplicate_submission'],
    example: { stage: 'interview' },
  }),
};
