import type { Job } from '@nexivo/sdk';
import { z } from 'zod';
import { asked, cursor, id, limit, page, tool } from '../tool.js';

const inShort = ({ id, title, department, location_city, workplace, openings, status, opened_at }: Job) => ({
  id,
  title,
  department,
  city: location_city,
  workplace,
  openings,
  status,
  opened_at,
});

export const STAGES = ['screening', 'interview', 'offer', 'placed', 'rejected'] as const;

export const jobTools = [
  tool({
    name: 'search_jobs',
    description: 'Finds jobs; q as in search_candidates, with title: department: tag: city:.',
    scopes: ['jobs:read'],
    isWrite: false,
    input: z.strictObject({
      q: z.string().optional(),
      status: z.array(z.enum(['open', 'on_hold', 'closed'])).optional(),
      limit,
      cursor,
    }),
    run: async ({ q, status, ...rest }, { client }) => {
      const narrowed = rest.cursor === undefined ? { q, status } : {};
      const { data, meta } = await client.jobs.list({ ...asked(rest), ...narrowed }).page();
      return page(data.map(inShort), meta.next_cursor);
    },
  }),
  tool({
    name: 'get_pipeline',
    description: 'Who is in a job, at which stage, and since when; who has waited longest comes first.',
    scopes: ['submissions:read'],
    isWrite: false,
    input: z.strictObject({ job_id: id, stage: z.array(z.enum(STAGES)).optional(), limit, cursor }),
    run: async ({ job_id, stage, ...rest }, { client, scopes }) => {
      const expand = scopes.includes('candidates:read') ? (['candidate'] as const) : undefined;
      const narrowed = rest.cursor === undefined ? { stage, expand, sort: 'stage_changed_at' as const } : {};
      const { data, meta } = await client.submissions.listForJob(job_id, { ...asked(rest), ...narrowed }).page();
      const rows = data.map(({ id, candidate_id, candidate, stage, stage_changed_at }) => ({
        submission_id: id,
        candidate_id,
        ...(candidate && { name: `${candidate.first_name} ${candidate.last_name}` }),
        stage,
        since: stage_changed_at,
      }));
      return page(rows, meta.next_cursor);
    },
  }),
];
