/** What the published page tells of, with openapi-typescript and openapi-fetch. It is compiled by the tests, not run. */
import createClient from 'openapi-fetch';
import type { components, paths } from '../generated/openapi-typescript.js';

type WebhookEvent = components['schemas']['WebhookEvent'];

const api = createClient<paths>({
  baseUrl: 'https://your-domain.com/ats/api/v1',
  headers: { authorization: 'Bearer YOUR_TOKEN' },
});

/** Creates, finds, submits, moves and deletes a candidate. */
export async function journey(): Promise<number> {
  const { data: jane, error } = await api.POST('/candidates', {
    body: { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', city: 'San Francisco', state: 'CA' },
  });
  if (error) throw new Error(error.errors?.map(({ field, message }) => `${field} ${message}`).join() ?? error.detail);

  const { data: list } = await api.GET('/candidates', {
    params: { query: { page: 1, per_page: 10, q: 'smith', status: ['new', 'screening'] } },
  });
  const total = list && 'total' in list.meta ? list.meta.total : 0;
  const { data: found } = await api.GET('/candidates/{id}', { params: { path: { id: jane.id } } });
  await api.PATCH('/candidates/{id}', {
    params: { path: { id: jane.id }, header: { 'If-Match': '"1"' } },
    body: { current_title: found?.current_title ?? null },
  });

  const { data: job } = await api.POST('/jobs', { body: { title: 'Engineer', salary_min: 7_500_000 } });
  if (!job) throw new Error('no job');
  const { data: submission } = await api.POST('/jobs/{job_id}/submissions', {
    params: { path: { job_id: job.id }, header: { 'Idempotency-Key': 'once' } },
    body: { candidate_id: jane.id },
  });
  if (!submission) throw new Error('no submission');
  await api.GET('/jobs/{job_id}/submissions', { params: { path: { job_id: job.id } } });
  await api.PATCH('/submissions/{id}', { params: { path: { id: submission.id } }, body: { stage: 'placed' } });
  await api.POST('/webhooks', { body: { url: 'https://example.com/hooks', events: ['submission.placed'] } });
  const { data: events } = await api.GET('/events');
  events?.data.forEach(told);
  await api.DELETE('/candidates/{id}', { params: { path: { id: jane.id } } });
  await api.DELETE('/jobs/{id}', { params: { path: { id: job.id } } });
  return total;
}

/** What happened, by the type of the event. */
export function told(event: WebhookEvent): string {
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
