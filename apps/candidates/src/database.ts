import { CandidateEntity } from './candidate.entity.js';
import { CreateCandidates1763900000000 } from './migrations/1763900000000-create-candidates.js';
import { CreateIdempotencyKeys1764000000000 } from './migrations/1764000000000-create-idempotency-keys.js';
import { CreateOutbox1764100000000 } from './migrations/1764100000000-create-outbox.js';
import { CreateInbox1764100100000 } from './migrations/1764100100000-create-inbox.js';
import { CreateListCounters1764200000000 } from './migrations/1764200000000-create-list-counters.js';
import { IndexLists1764200100000 } from './migrations/1764200100000-index-lists.js';
import { CreateSearchEstimate1764400000000 } from './migrations/1764400000000-create-search-estimate.js';
import { CreateSearch1764500000000 } from './migrations/1764500000000-create-search.js';
import { OptionalEmail1795910400009 } from './migrations/1795910400009-optional-email.js';
import { CreateSweeps1796000100001 } from './migrations/1796000100001-create-sweeps.js';
import { CreateOutboxConsumed1796000100021 } from './migrations/1796000100021-create-outbox-consumed.js';
import { ConvertSearch1796110000000 } from './migrations/1796110000000-convert-search.js';
import { CreateFolded1796120000000 } from './migrations/1796120000000-create-folded.js';
import { IndexFolded1796120000001 } from './migrations/1796120000001-index-folded.js';
import { IndexLabel1796120000002 } from './migrations/1796120000002-index-label.js';
import { IndexLastNameFirst1796200000010 } from './migrations/1796200000010-index-last-name-first.js';

/** What the totals of lists are counted by. */
export const COUNTED = { table: 'candidates', column: 'status' };

/** What this service keeps in Postgres. */
export const database = {
  schema: 'candidates',
  extensions: ['btree_gin'],
  entities: [CandidateEntity],
  migrations: [
    CreateCandidates1763900000000,
    CreateIdempotencyKeys1764000000000,
    CreateOutbox1764100000000,
    CreateInbox1764100100000,
    CreateListCounters1764200000000,
    IndexLists1764200100000,
    CreateSearchEstimate1764400000000,
    CreateSearch1764500000000,
    OptionalEmail1795910400009,
    CreateSweeps1796000100001,
    CreateOutboxConsumed1796000100021,
    ConvertSearch1796110000000,
    CreateFolded1796120000000,
    IndexFolded1796120000001,
    IndexLabel1796120000002,
    IndexLastNameFirst1796200000010,
  ],
};
