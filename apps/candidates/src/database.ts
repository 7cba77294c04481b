import { CandidateEntity } from './candidate.entity.js';
import { CreateCandidates1763900000000 } from './migrations/1763900000000-create-candidates.js';
import { CreateIdempotencyKeys1764000000000 } from './migrations/1764000000000-create-idempotency-keys.js';

/** What this service keeps in Postgres. */
export const database = {
  schema: 'candidates',
  entities: [CandidateEntity],
  migrations: [CreateCandidates1763900000000, CreateIdempotencyKeys1764000000000],
};
