import { runAfterRestore } from '@nexivo/events/after-restore';
import { database } from './database.js';
import { JOB } from './job.entity.js';

await runAfterRestore(database, {
  kind: JOB,
  changed: 'job.updated',
  gone: 'job.closed',
  asGone: () => ({ status: 'closed' as const }),
});
