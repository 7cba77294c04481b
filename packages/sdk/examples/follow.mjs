import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Nexivo } from '@nexivo/sdk';

const client = new Nexivo({ baseUrl: process.env.NEXIVO_API, token: process.env.NEXIVO_TOKEN });
const after = existsSync('last-event') ? readFileSync('last-event', 'utf8') : undefined;

for await (const event of client.events.follow({ after })) {
  if (event.type === 'candidate.created') console.log('welcome,', event.data.object.first_name);
  if (event.type === 'submission.stage_changed') {
    console.log(event.data.previous.stage, '→', event.data.object.stage);
  }
  // Only now: what was not dealt with comes again.
  writeFileSync('last-event', event.id);
}
