import { runAfterRestore } from '@nexivo/events/after-restore';
import { database } from './database.js';
import { CANDIDATE } from './candidate.entity.js';

await runAfterRestore(database, {
  kind: CANDIDATE,
  changed: 'candidate.updated',
  gone: 'candidate.deleted',
  asGone: () => ({ status: 'inactive' as const }),
});
