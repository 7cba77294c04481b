import { ConflictError, Nexivo } from '@nexivo/sdk';

const client = new Nexivo({ baseUrl: process.env.NEXIVO_API, token: process.env.NEXIVO_TOKEN });

// Create a candidate and a job.
const jane = await client.candidates.create({ first_name: 'Jane', last_name: 'Smith', skills: ['TypeScript', 'C++'] });
const job = await client.jobs.create({ title: 'Senior Engineer', location_city: 'Berlin', workplace: 'hybrid' });

// Submit the one to the other, and move on.
const submission = await client.submissions.create(job.id, {
  candidate_id: jane.id,
  notes: 'Referred by the platform team',
});
await client.submissions.update(submission.id, { stage: 'interview' });
for await (const change of client.submissions.getHistory(submission.id)) console.log(change.from, '→', change.to);

// A list is read page by page, as far as you read it.
for await (const { first_name, skills } of client.candidates.list({ q: 'skill:C++ -junior' }))
  console.log(first_name, skills);
const { data, meta } = await client.submissions.listForJob(job.id, { expand: ['candidate'] }).page();
console.log(meta.total, data[0].candidate.first_name);

// Nobody overwrites what he has not seen: it is read, changed, written, and all of it again if somebody else was faster.
await client.candidates.edit(jane.id, ({ tags }) => ({ tags: [...tags, 'interviewed'] }));

// Mistakes have a class, a code that stays, and fields to mend.
try {
  await client.submissions.create(job.id, { candidate_id: jane.id });
} catch (error) {
  if (!(error instanceof ConflictError)) throw error;
  console.log(error.code, error.errors[0].existing_id === submission.id);
}

// What came with an answer.
const { etag, quota } = await client.candidates.get(jane.id).withResponse();
console.log(etag, quota.minute.remaining > 0);

// Nothing is destroyed.
console.log((await client.candidates.delete(jane.id)).status, (await client.jobs.close(job.id)).status);
