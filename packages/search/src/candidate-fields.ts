import type { CANDIDATE_SEARCH_FIELDS } from '@nexivo/contracts/candidates';
import type { SearchFields } from './fields.js';

/** Where the fields of `q` are, and what a match in each is worth. A change needs a migration that adds the column anew. */
export const CANDIDATE_FIELDS = [
  { field: 'name', code: 'N', columns: ['first_name', 'last_name'], weight: 'A' },
  { field: 'title', code: 'T', columns: ['current_title'], weight: 'A' },
  { field: 'company', code: 'C', columns: ['current_company'], weight: 'B' },
  { field: 'skill', code: 'K', columns: ['skills'], weight: 'B', isArray: true },
  { field: 'tag', code: 'G', columns: ['tags'], weight: 'C', isArray: true },
  { field: 'email', code: 'E', columns: ['email'], weight: 'C' },
  { field: 'city', code: 'Y', columns: ['city'], weight: 'C' },
  { field: 'state', code: 'S', columns: ['state'], weight: 'C' },
  { field: 'summary', code: 'M', columns: ['summary'], weight: 'D', isLong: true },
] as const satisfies SearchFields & { [Index in keyof typeof CANDIDATE_SEARCH_FIELDS]: unknown };
