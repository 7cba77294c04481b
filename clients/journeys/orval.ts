/** What the published page tells of, with orval. It is compiled by the tests, not run. */
import * as api from '../generated/orval.js';

const options = { headers: { authorization: 'Bearer YOUR_TOKEN' } };

/** Creates, finds, submits, moves and deletes a candidate. */
export async function journey(): Promise<number> {
  const created = await api.createCandidate(
    { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com', city: 'San Francisco', state: 'CA' },
    options,
  );
  if (created.status !== 201) {
    const { errors, detail } = created.data;
    throw new Error(errors?.map(({ field, message }) => `${field} ${message}`).join() ?? detail);
  }
  const jane = created.data;

  const list = await api.listCandidates({ page: 1, per_page: 10, q: 'smith', status: ['new', 'screening'] }, options);
  const total = list.status === 200 && 'total' in list.data.meta ? list.data.meta.total : 0;
  const found = await api.getCandidate(jane.id, options);
  await api.updateCandidate(
    jane.id,
    { current_title: found.status === 200 ? found.data.current_title : null },
    { headers: { ...options.headers, 'If-Match': '"1"' } },
  );

  const job = await api.createJob({ title: 'Engineer', salary_min: 7_500_000 }, options);
  if (job.status !== 201) throw new Error('no job');
  const submission = await api.createSubmission(job.data.id, { candidate_id: jane.id }, options);
  if (submission.status !== 201) throw new Error('no submission');
  await api.listJobSubmissions(job.data.id, {}, options);
  await api.updateSubmission(submission.data.id, { stage: 'placed' }, options);
  await api.createWebhook({ url: 'https://example.com/hooks', events: ['submission.placed'] }, options);
  const events = await api.listEvents({}, options);
  if (events.status === 200) events.data.data.forEach(told);
  await api.deleteCandidate(jane.id, options);
  await api.closeJob(job.data.id, options);
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
