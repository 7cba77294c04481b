import { runAfterRestore } from '@nexivo/events/after-restore';
import { database } from './database.js';
import { SUBMISSION } from './submission.entity.js';

await runAfterRestore(database, {
  kind: SUBMISSION,
  changed: 'submission.stage_changed',
  gone: 'submission.stage_changed',
  asGone: (now) => ({ stage: 'rejected' as const, stage_changed_at: now, placed_at: null, rejected_at: now }),
});
