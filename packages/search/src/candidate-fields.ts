import type { CANDIDATE_SEARCH_FIELDS } from '@nexivo/contracts/candidates';
import type { SearchFields } from './fields.js';

/** Where the fields of `q` are, and what a match in each is worth. A change needs a migration: see `lexemes.ts`. */
export const CANDIDATE_FIELDS = [
  { field: 'name', code: 'N', columns: ['first_name', 'last_name'], weight: 'A', parts: ['F', 'L'] },
  { field: 'title', code: 'T', aliases: ['current_title'], columns: ['current_title'], weight: 'A' },
  { field: 'company', code: 'C', aliases: ['current_company'], columns: ['current_company'], weight: 'B' },
  { field: 'skill', code: 'K', aliases: ['skills'], columns: ['skills'], weight: 'B', isArray: true },
  { field: 'tag', code: 'G', aliases: ['tags'], columns: ['tags'], weight: 'C', isArray: true },
  { field: 'email', code: 'E', columns: ['email'], weight: 'C' },
  { field: 'city', code: 'Y', columns: ['city'], weight: 'C' },
  { field: 'state', code: 'S', columns: ['state'], weight: 'C' },
  { field: 'first_name', code: 'F', columns: ['first_name'], weight: 'A', isPart: true },
  { field: 'last_name', code: 'L', columns: ['last_name'], weight: 'A', isPart: true },
  { field: 'country', code: 'O', columns: ['country'], weight: 'C', isOnlyNamed: true },
  { field: 'source', code: 'R', columns: ['source'], weight: 'C', isOnlyNamed: true },
  { field: 'phone', code: 'P', columns: ['phone'], weight: 'C', key: 'phone' },
  {
    field: 'link',
    code: 'U',
    aliases: ['linkedin_url', 'website_url'],
    columns: ['linkedin_url', 'website_url'],
    weight: 'C',
    key: 'link',
  },
  { field: 'external_id', code: 'X', columns: ['external_id'], weight: 'C', key: 'id' },
  { field: 'summary', code: 'M', columns: ['summary'], weight: 'D', isLong: true },
] as const satisfies SearchFields & { [Index in keyof typeof CANDIDATE_SEARCH_FIELDS]: unknown };
