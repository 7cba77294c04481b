import { candidates } from '@nexivo/contracts/candidates';
import { jobs } from '@nexivo/contracts/jobs';
import type { Expansion, ExpandedSubmission, Submission } from '@nexivo/contracts/submissions';
import type { BusClient } from '@nexivo/bus/client';
import { type Caller, requireScope } from './auth/caller.js';

/**
 * Puts the objects that `expand` asks for beside their ids: one bus call for each kind, however many rows.
 *
 * @throws DomainError `insufficient_scope` where the token could not read the object itself
 */
export async function expandSubmissions(
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

const distinct = (rows: readonly Submission[], column: 'candidate_id' | 'job_id'): string[] => [
  ...new Set(rows.map((row) => row[column])),
];
