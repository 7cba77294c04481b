import { z } from 'zod';
import { id, tool, ToolError } from '../tool.js';
import { STAGES } from './jobs.js';

const stage = z.enum(STAGES);
const text = z.string().optional();

export const submissionTools = [
  tool({
    name: 'get_submission',
    description: 'A submission with its notes, and every change of its stage.',
    scopes: ['submissions:read'],
    isWrite: false,
    input: z.strictObject({ id }),
    run: async ({ id }, { client }) => {
      const [submission, history] = await Promise.all([
        client.submissions.get(id),
        client.submissions.getHistory(id).toArray({ limit: 50 }),
      ]);
      const { notes, ...rest } = submission;
      return { ...rest, notes_by_people: notes, history };
    },
  }),
  tool({
    name: 'submit_candidate',
    description: 'Submits a candidate to a job.',
    scopes: ['submissions:write'],
    isWrite: true,
    input: z.strictObject({ candidate_id: id, job_id: id, notes: text }),
    run: async ({ candidate_id, job_id, notes }, { client }) =>
      client.submissions.create(job_id, { candidate_id, ...(notes !== undefined && { notes }) }),
  }),
  tool({
    name: 'move_submission',
    description:
      'Moves a submission to another stage, if it is still at the one that you name. reason is for rejected.',
    scopes: ['submissions:write', 'submissions:read'],
    isWrite: true,
    input: z.strictObject({ id, from: stage, to: stage, reason: text }),
    run: async ({ id, from, to, reason }, { client }) => {
      const { data, etag } = await client.submissions.get(id).withResponse();
      if (data.stage !== from) {
        throw new ToolError(
          `It is at ${data.stage} since ${data.stage_changed_at}, not at ${from}. Ask whether to move it from there.`,
        );
      }
      const patch = { stage: to, ...(reason !== undefined && { rejection_reason: reason }) };
      return client.submissions.update(id, patch, { ifMatch: etag });
    },
  }),
];
