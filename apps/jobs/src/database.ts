import { JobEntity } from './job.entity.js';
import { CreateJobs1763900000000 } from './migrations/1763900000000-create-jobs.js';
import { CreateIdempotencyKeys1764000000000 } from './migrations/1764000000000-create-idempotency-keys.js';
import { CreateOutbox1764100000000 } from './migrations/1764100000000-create-outbox.js';
import { CreateListCounters1764200000000 } from './migrations/1764200000000-create-list-counters.js';
import { IndexLists1764200100000 } from './migrations/1764200100000-index-lists.js';
import { CreateSearchEstimate1764400000000 } from './migrations/1764400000000-create-search-estimate.js';
import { CreateSearch1764500000000 } from './migrations/1764500000000-create-search.js';
import { CreateSweeps1796000100002 } from './migrations/1796000100002-create-sweeps.js';
import { CreateOutboxConsumed1796000100022 } from './migrations/1796000100022-create-outbox-consumed.js';
import { ConvertSearch1796110000000 } from './migrations/1796110000000-convert-search.js';
import { CreateFolded1796120000000 } from './migrations/1796120000000-create-folded.js';
import { IndexFolded1796120000001 } from './migrations/1796120000001-index-folded.js';
import { IndexLabel1796120000002 } from './migrations/1796120000002-index-label.js';

/** What the totals of lists are counted by. */
export const COUNTED = { table: 'jobs', column: 'status' };

/** What this service keeps in Postgres. */
export const database = {
  schema: 'jobs',
  extensions: ['btree_gin'],
  entities: [JobEntity],
  migrations: [
    CreateJobs1763900000000,
    CreateIdempotencyKeys1764000000000,
    CreateOutbox1764100000000,
    CreateListCounters1764200000000,
    IndexLists1764200100000,
    CreateSearchEstimate1764400000000,
    CreateSearch1764500000000,
    CreateSweeps1796000100002,
    CreateOutboxConsumed1796000100022,
    ConvertSearch1796110000000,
    CreateFolded1796120000000,
    IndexFolded1796120000001,
    IndexLabel1796120000002,
  ],
};
