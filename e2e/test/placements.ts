import { expect } from '@jest/globals';
import type { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';

/** A candidate and the submission that is to place it. */
export interface Placement {
  candidateId: string;
  submissionId: string;
}

/** A new candidate submitted to a new job. */
export async function submit(api: Api, stage = 'screening'): Promise<Placement> {
  const candidate = await api.post('/candidates', { first_name: 'A', last_name: 'B', email: 'a@example.com' });
  const job = await api.post('/jobs', { title: 'Engineer' });
  const path = `/jobs/${job.body.id}/submissions`;
  const submission = await api.post(path, { candidate_id: candidate.body.id, stage });
  expect([candidate.status, job.status, submission.status]).toEqual([201, 201, 201]);
  return { candidateId: candidate.body.id as string, submissionId: submission.body.id as string };
}

/** Has the submission placed. */
export async function place(api: Api, { submissionId }: Placement, requestId = 'placed'): Promise<void> {
  const headers = { 'x-request-id': requestId };
  const { status } = await api.send('PATCH', `/submissions/${submissionId}`, { stage: 'placed' }, headers);
  expect(status).toBe(200);
}

/** Until the candidate is placed, too. */
export const becomesPlaced = (api: Api, { candidateId }: Placement, withinMs = 30_000): Promise<void> =>
  eventually(
    async () => expect((await api.get(`/candidates/${candidateId}`)).body).toMatchObject({ status: 'placed' }),
    { withinMs },
  );
