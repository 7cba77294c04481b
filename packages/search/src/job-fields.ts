import type { JOB_SEARCH_FIELDS } from '@nexivo/contracts/jobs';
import type { SearchFields } from './fields.js';

/** Where the fields of `q` are, and what a match in each is worth. A change needs a migration that adds the column anew. */
export const JOB_FIELDS = [
  { field: 'title', code: 'T', columns: ['title'], weight: 'A' },
  { field: 'department', code: 'P', columns: ['department'], weight: 'B' },
  { field: 'city', code: 'Y', columns: ['location_city'], weight: 'C' },
  { field: 'tag', code: 'G', columns: ['tags'], weight: 'C', isArray: true },
  { field: 'description', code: 'D', columns: ['description'], weight: 'D', isLong: true },
] as const satisfies SearchFields & { [Index in keyof typeof JOB_SEARCH_FIELDS]: unknown };
