import type { BusClient } from '@nexivo/bus/client';
import { PageReply } from '@nexivo/bus/reply';
import { candidates } from '@nexivo/contracts/candidates';
import { serviceOf } from '@nexivo/contracts/command';
import { jobs } from '@nexivo/contracts/jobs';
import type { PageMeta, Position } from '@nexivo/contracts/pagination';
import {
  type ExpandedSubmission,
  type Expansion,
  type Submission,
  submissionRoutes,
  submissions,
} from '@nexivo/contracts/submissions';
import { type Caller, callerOf, requireScope } from './auth/caller.js';
import { type BoundRoute, handle } from './http/bind.js';

const UPSTREAM = serviceOf(submissions.get);

/** The routes of submissions that can show the objects behind the ids; without `expand` they only hand on. */
export const expandableSubmissionRoutes = (bus: BusClient): BoundRoute[] => [
  handle(
    submissionRoutes.listForJob,
    async ({ params, query: { expand, ...query } }, request) => {
      const caller = callerOf(request);
      if (expand.length === 0) return bus.forward(submissions.listForJob, { ...query, ...params }, caller);
      const page = await bus.request(submissions.listForJob, { ...query, ...params }, caller);
      return expandedPage(await expandSubmissions(bus, caller, page.data, expand), page.meta, query.sort);
    },
    UPSTREAM,
  ),
  handle(
    submissionRoutes.list,
    async ({ query: { expand, ...query } }, request) => {
      const caller = callerOf(request);
      if (expand.length === 0) return bus.forward(submissions.list, query, caller);
      const page = await bus.request(submissions.list, query, caller);
      return expandedPage(await expandSubmissions(bus, caller, page.data, expand), page.meta, query.sort);
    },
    UPSTREAM,
  ),
  handle(
    submissionRoutes.get,
    async ({ params, query: { expand } }, request) => {
      const caller = callerOf(request);
      if (expand.length === 0) return bus.forward(submissions.get, params, caller);
      const row = await bus.request(submissions.get, params, caller);
      // Without its version: it no longer says all that the answer depends on.
      const [expanded] = await expandSubmissions(bus, caller, [row], expand);
      return expanded!;
    },
    UPSTREAM,
  ),
];

/**
 * Puts the objects that `expand` asks for beside their ids: one bus call for each kind, however many rows.
 *
 * @throws DomainError `insufficient_scope` where the token could not read the object itself
 */
async function expandSubmissions(
  bus: BusClient,
  caller: Caller,
  rows: readonly Submission[],
  expand: readonly Expansion[],
): Promise<ExpandedSubmission[]> {
  if (expand.includes('candidate')) requireScope(caller, 'candidates:read');
  if (expand.includes('job')) requireScope(caller, 'jobs:read');
  const wants = (kind: Expansion): boolean => rows.length > 0 && expand.includes(kind);
  const [candidateList, jobList] = await Promise.all([
    wants('candidate') ? bus.request(candidates.getMany, { ids: distinct(rows, 'candidate_id') }, caller) : [],
    wants('job') ? bus.request(jobs.getMany, { ids: distinct(rows, 'job_id') }, caller) : [],
  ]);
  const candidateById = new Map(candidateList.map((candidate) => [candidate.id, candidate]));
  const jobById = new Map(jobList.map((job) => [job.id, job]));
  return rows.map((row) => ({
    ...row,
    ...(wants('candidate') && { candidate: candidateById.get(row.candidate_id) }),
    ...(wants('job') && { job: jobById.get(row.job_id) }),
  }));
}

/** What stands beside the ids can make a page larger than a page may be: it may end after any of its rows. */
function expandedPage(rows: ExpandedSubmission[], meta: PageMeta, sort: string): PageReply<ExpandedSubmission> {
  const key = sort.replace(/^-/, '') as keyof Submission;
  return new PageReply(rows, meta, (count) => {
    const { id, [key]: value } = rows[count - 1]!;
    return { ...meta, is_truncated: true, next: { id, value: value as Position['value'] } };
  });
}

const distinct = (rows: readonly Submission[], column: 'candidate_id' | 'job_id'): string[] => [
  ...new Set(rows.map((row) => row[column])),
];
