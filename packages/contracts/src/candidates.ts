import { z } from 'zod';
import { defineCommand } from './command.js';
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
import {
  country,
  customFields,
  customFieldsPatch,
  emailAddress,
  id,
  multilineText,
  text,
  timestamp,
  uniqueTexts,
  webUrl,
} from './text.js';

export const CANDIDATE_STATUSES = ['new', 'screening', 'available', 'placed', 'inactive'] as const;
export const candidateStatus = z.enum(CANDIDATE_STATUSES).meta({ id: 'CandidateStatus' });
export type CandidateStatus = z.output<typeof candidateStatus>;

const required = { first_name: text(100), last_name: text(100) };

/** What a candidate may lack: absent or `null` on create, cleared by `null` in a PATCH. */
const optional = {
  email: emailAddress.nullish(),
  phone: text(50).nullish(),
  current_title: text(200).nullish(),
  current_company: text(200).nullish(),
  city: text(100).nullish(),
  state: text(100).nullish(),
  country: country.nullish(),
  source: text(100).nullish(),
  skills: uniqueTexts(100, 60).nullish(),
  tags: uniqueTexts(50, 60).nullish(),
  linkedin_url: webUrl.nullish(),
  website_url: webUrl.nullish(),
  summary: multilineText(20_000)
    .meta({ description: 'Searchable whole; a phrase within the first 256 uses of each of its words' })
    .nullish(),
  external_id: text(200).nullish(),
};

const example = {
  first_name: 'Jane',
  last_name: 'Smith',
  email: 'jane@example.com',
  phone: '+1-555-1234',
  current_title: 'Senior Engineer',
  city: 'San Francisco',
  state: 'CA',
};

/** What the example becomes. */
export const candidateExample = {
  id: '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e',
  ...example,
  current_company: null,
  country: null,
  status: 'new',
  source: null,
  skills: [],
  tags: [],
  linkedin_url: null,
  website_url: null,
  summary: null,
  external_id: null,
  custom_fields: {},
  created_at: '2026-11-23T12:00:00.000Z',
  updated_at: '2026-11-23T12:00:00.000Z',
};

/** A candidate as the API shows it. */
export const candidate = z
  .object({
    id,
    first_name: z.string(),
    last_name: z.string(),
    email: z.string().nullable().meta({ description: 'Of sourced people often not known' }),
    phone: z.string().nullable(),
    current_title: z.string().nullable(),
    current_company: z.string().nullable(),
    city: z.string().nullable(),
    state: z.string().nullable(),
    country: z.string().nullable(),
    status: candidateStatus,
    source: z.string().nullable(),
    skills: z.array(z.string()),
    tags: z.array(z.string()),
    linkedin_url: z.string().nullable(),
    website_url: z.string().nullable(),
    summary: z.string().nullable(),
    external_id: z.string().nullable().meta({ description: 'Your own id; unique in the account' }),
    custom_fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Candidate', description: 'Someone who may be submitted to jobs', example: candidateExample });
export type Candidate = z.output<typeof candidate>;

export const createCandidateInput = z
  .strictObject({
    ...required,
    ...optional,
    status: candidateStatus.default('new'),
    custom_fields: customFields.nullish(),
  })
  .meta({ id: 'CreateCandidate', example });
export type CreateCandidateInput = z.output<typeof createCandidateInput>;

/** Members that only the API sets. */
export const CANDIDATE_READ_ONLY = ['id', 'created_at', 'updated_at'] as const;

export const candidatePatch = z
  .strictObject({
    ...required,
    ...optional,
    status: candidateStatus,
    custom_fields: customFieldsPatch.nullish(),
    ...readOnly(CANDIDATE_READ_ONLY),
  })
  .partial()
  .meta({ id: 'CandidatePatch', description: 'A JSON merge patch (RFC 7396)' });
export type CandidatePatch = z.output<typeof candidatePatch>;

export const candidatePut = candidatePatch.extend(required).meta({
  id: 'PutCandidate',
  description: 'What is left out stays as it is, as in a PATCH; of a new one it is absent',
});
export type CandidatePut = z.output<typeof candidatePut>;

export const CANDIDATE_SORT_KEYS = [
  'created_at',
  'updated_at',
  'last_name',
  'first_name',
  'email',
  BY_RELEVANCE,
] as const satisfies readonly (keyof Candidate | typeof BY_RELEVANCE)[];

/** What may stand before a word of `q`. */
export const CANDIDATE_SEARCH_FIELDS = [
  'name',
  'title',
  'company',
  'skill',
  'tag',
  'email',
  'city',
  'state',
  'first_name',
  'last_name',
  'country',
  'source',
  'phone',
  'link',
  'external_id',
  'summary',
] as const;

/** Fewer digits at the end of a phone number are none. */
const PHONE_DIGITS_MIN = 5;

export const listCandidatesInput = z
  .strictObject({
    ...listParameters(CANDIDATE_SORT_KEYS),
    ...searchParameter(CANDIDATE_SEARCH_FIELDS),
    name: typeAhead(200, 'candidates whose name has'),
    status: commaSeparated([...CANDIDATE_STATUSES, 'any'])
      .optional()
      .meta({
        description:
          'Statuses, separated by commas; without it all but `inactive`. `any` is all of them: a copy then sees what is deleted, too',
      }),
    email: anyOf(emailAddress, 'Candidates with this whole address').optional(),
    phone: text(50)
      .refine((value) => value.replaceAll(/[^0-9]/g, '').length >= PHONE_DIGITS_MIN, {
        error: `must have the last ${PHONE_DIGITS_MIN} digits of a phone number or more`,
      })
      .optional()
      .meta({
        description: `Candidates with this phone number or one that ends so, in any grouping: its digits are compared, at least ${PHONE_DIGITS_MIN}`,
      }),
    tag: anyOf(text(60), 'Candidates that carry this tag').optional(),
    skill: anyOf(text(60), 'Candidates that have this skill').optional(),
    city: anyOf(text(100), 'Candidates in this city').optional(),
    state: anyOf(text(100), 'Candidates in this state').optional(),
    source: anyOf(text(100), 'Candidates from this source').optional(),
    external_id: text(200)
      .optional()
      .meta({ description: 'The candidate that carries this id of your own, exactly as it was sent' }),
  })
  .refine(pageDepth.check, pageDepth.message)
  .refine(relevance.check, relevance.message);
export type ListCandidatesInput = z.output<typeof listCandidatesInput>;

const byId = z.strictObject({ id: id.meta({ description: 'Id of the candidate', example: candidateExample.id }) });

const byExternalId = z.strictObject({
  external_id: text(200).meta({ description: 'Your own id of the candidate', example: 'A-1041' }),
});

export const candidates = {
  list: defineCommand({ subject: 'candidates.list', input: listCandidatesInput, output: pageOf(candidate) }),
  create: defineCommand({ subject: 'candidates.create', input: createCandidateInput, output: candidate }),
  get: defineCommand({ subject: 'candidates.get', input: byId, output: candidate }),
  /** Several at once, in no order; ids that name nothing are left out. */
  getMany: defineCommand({
    subject: 'candidates.get_many',
    input: z.strictObject({ ids: z.array(id).max(100) }),
    output: z.array(candidate),
  }),
  /** Creates or changes the one that carries an id of the client's own. */
  put: defineCommand({
    subject: 'candidates.put',
    input: byExternalId.extend({ values: candidatePut }),
    output: candidate,
  }),
  update: defineCommand({
    subject: 'candidates.update',
    input: byId.extend({ patch: candidatePatch }),
    output: candidate,
  }),
  /** Soft: the status becomes `inactive`. */
  delete: defineCommand({ subject: 'candidates.delete', input: byId, output: candidate }),
};

const changes = { status: 'screening', current_title: 'Staff Engineer', phone: null };

export const candidateRoutes = {
  list: defineRoute({
    operationId: 'listCandidates',
    method: 'GET',
    path: '/candidates',
    summary: 'List candidates',
    description: 'Leaves `inactive` ones out unless `status` asks for them.',
    tag: 'Candidates',
    scope: 'candidates:read',
    query: listCandidatesInput,
    response: listOf(candidate, 'CandidateList'),
    status: 200,
  }),
  create: defineRoute({
    operationId: 'createCandidate',
    method: 'POST',
    path: '/candidates',
    summary: 'Create a candidate',
    tag: 'Candidates',
    scope: 'candidates:write',
    body: createCandidateInput,
    response: candidate,
    status: 201,
    hasETag: true,
    location: '/candidates/{id}',
    errors: ['duplicate_external_id'],
    example,
  }),
  get: defineRoute({
    operationId: 'getCandidate',
    method: 'GET',
    path: '/candidates/{id}',
    summary: 'Get a candidate',
    description: 'Shows `inactive` ones too.',
    tag: 'Candidates',
    scope: 'candidates:read',
    params: byId,
    response: candidate,
    status: 200,
    hasETag: true,
  }),
  put: defineRoute({
    operationId: 'putCandidate',
    method: 'PUT',
    path: '/candidates/by_external_id/{external_id}',
    summary: 'Create or update a candidate by your own id',
    description:
      'Creates the candidate with this `external_id` (201), or changes it (200): what is left out stays as it is, `null` clears. An inactive candidate stays so unless `status` brings it back.',
    tag: 'Candidates',
    scope: 'candidates:write',
    params: byExternalId,
    body: candidatePut,
    response: candidate,
    status: 200,
    mayCreate: true,
    hasETag: true,
    location: '/candidates/{id}',
    errors: ['duplicate_external_id'],
    example,
  }),
  update: defineRoute({
    operationId: 'updateCandidate',
    method: 'PATCH',
    path: '/candidates/{id}',
    summary: 'Update a candidate',
    description: 'A JSON merge patch. Setting another status brings an inactive candidate back.',
    tag: 'Candidates',
    scope: 'candidates:write',
    params: byId,
    body: candidatePatch,
    response: candidate,
    status: 200,
    hasETag: true,
    errors: ['duplicate_external_id'],
    example: changes,
  }),
  delete: defineRoute({
    operationId: 'deleteCandidate',
    method: 'DELETE',
    path: '/candidates/{id}',
    summary: 'Delete a candidate',
    description: 'Soft: sets `status` to `inactive` and answers the candidate as it now stands.',
    tag: 'Candidates',
    scope: 'candidates:write',
    params: byId,
    response: candidate,
    status: 200,
    hasETag: true,
  }),
};
