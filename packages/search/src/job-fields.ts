import type { JOB_SEARCH_FIELDS } from '@nexivo/contracts/jobs';
import type { SearchFields } from './fields.js';

/** Where the fields of `q` are, and what a match in each is worth. A change needs a migration: see `lexemes.ts`. */
export const JOB_FIELDS = [
  { field: 'title', code: 'T', columns: ['title'], weight: 'A' },
  { field: 'department', code: 'P', columns: ['department'], weight: 'B' },
  { field: 'city', code: 'Y', aliases: ['location_city'], columns: ['location_city'], weight: 'C' },
  { field: 'tag', code: 'G', aliases: ['tags'], columns: ['tags'], weight: 'C', isArray: true },
  { field: 'state', code: 'S', aliases: ['location_state'], columns: ['location_state'], weight: 'C' },
  {
    field: 'country',
    code: 'O',
    aliases: ['location_country'],
    columns: ['location_country'],
    weight: 'C',
    isOnlyNamed: true,
  },
  { field: 'external_id', code: 'X', columns: ['external_id'], weight: 'C', key: 'id' },
  { field: 'description', code: 'D', columns: ['description'], weight: 'D', isLong: true },
] as const satisfies SearchFields & { [Index in keyof typeof JOB_SEARCH_FIELDS]: unknown };
