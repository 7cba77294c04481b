import { CreateSubmissions1763900000000 } from './migrations/1763900000000-create-submissions.js';
import { CreateIdempotencyKeys1764000000000 } from './migrations/1764000000000-create-idempotency-keys.js';
import { CreateOutbox1764100000000 } from './migrations/1764100000000-create-outbox.js';
import { CreateListCounters1764200000000 } from './migrations/1764200000000-create-list-counters.js';
import { IndexLists1764200100000 } from './migrations/1764200100000-index-lists.js';
import { CreateSweeps1796000100003 } from './migrations/1796000100003-create-sweeps.js';
import { CreateOutboxConsumed1796000100023 } from './migrations/1796000100023-create-outbox-consumed.js';
import { StageChangeEntity } from './stage-change.entity.js';
import { SubmissionEntity } from './submission.entity.js';

/** What the totals of lists are counted by. */
export const COUNTED = { table: 'submissions', column: 'stage' };

/** What this service keeps in Postgres. */
export const database = {
  schema: 'submissions',
  entities: [SubmissionEntity, StageChangeEntity],
  migrations: [
    CreateSubmissions1763900000000,
    CreateIdempotencyKeys1764000000000,
    CreateOutbox1764100000000,
    CreateListCounters1764200000000,
    IndexLists1764200100000,
    CreateSweeps1796000100003,
    CreateOutboxConsumed1796000100023,
  ],
};
