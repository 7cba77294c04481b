/** What the published page tells of, with @hey-api/openapi-ts. It is compiled by the tests, not run. */
import { client } from '../generated/hey-api/client.gen.js';
import * as api from '../generated/hey-api/index.js';

client.setConfig({ baseUrl: 'https://your-domain.com/ats/api/v1', auth: () => 'YOUR_TOKEN' });

/** Creates, finds, submits, moves and deletes a candidate. */
export async function journey(): Promise<number> {
  const { data: jane, error } = await api.createCandidate({
    body: { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', city: 'San Francisco', state: 'CA' },
  });
  if (!jane) throw new Error(error.errors?.map(({ field, message }) => `${field} ${message}`).join() ?? error.detail);

  const { data: list } = await api.listCandidates({
    query: { page: 1, per_page: 10, q: 'smith', status: ['new', 'screening'] },
  });
  const total = list && 'total' in list.meta ? list.meta.total : 0;
  const { data: found } = await api.getCandidate({ path: { id: jane.id } });
  await api.updateCandidate({
    path: { id: jane.id },
    headers: { 'If-Match': '"1"' },
    body: { current_title: found?.current_title ?? null },
  });

  const { data: job } = await api.createJob({ body: { title: 'Engineer', salary_min: 7_500_000 } });
  if (!job) throw new Error('no job');
  const { data: submission } = await api.createSubmission({
    path: { job_id: job.id },
    headers: { 'Idempotency-Key': 'once' },
    body: { candidate_id: jane.id },
  });
  if (!submission) throw new Error('no submission');
  await api.listJobSubmissions({ path: { job_id: job.id } });
  await api.updateSubmission({ path: { id: submission.id }, body: { stage: 'placed' } });
  await api.createWebhook({ body: { url: 'https://example.com/hooks', events: ['submission.placed'] } });
  const { data: events } = await api.listEvents();
  events?.data.forEach(told);
  await api.deleteCandidate({ path: { id: jane.id } });
  await api.closeJob({ path: { id: job.id } });
  return total;
}

/** What happened, by the type of the event. */
export function told(event: api.WebhookEvent): string {
  switch (event.type) {
    case 'candidate.created':
    case 'candidate.updated':
      return event.data.object.last_name;
    case 'job.created':
      return event.data.object.title;
    case 'submission.stage_changed':
    case 'submission.placed':
      return `${event.data.previous?.stage} ${event.data.object.stage}`;
    default:
      return event.type;
  }
}
