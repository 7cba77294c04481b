import { z } from 'zod';
import { instant } from './text.js';

/** The last row that page numbers reach: beyond it OFFSET costs more than it is worth. */
export const MAX_PAGED_ROWS = 10_000;

const wholeNumber = (name: string, min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: `${name} must be a whole number from ${min} to ${max}`, abort: true })
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    // A query string has only text; callers and their tools are better off with the number that it spells.
    .meta({ override: { type: 'integer', minimum: min, maximum: max, pattern: undefined } });

/** The query parameters of paging by number. */
export const pageParameters = {
  page: wholeNumber('page', 1, 999_999_999)
    .default(1)
    .meta({
      description: `Page number, from 1; page × per_page is at most ${MAX_PAGED_ROWS}`,
    }),
  per_page: wholeNumber('per_page', 1, 100).default(25).meta({ description: 'Items per page, 1 to 100' }),
};

/** The query parameters that every list of resources takes; the sort keys are the list's own. */
export const listParameters = (sortKeys: readonly string[]) => ({
  ...pageParameters,
  sort: z
    .enum(sortKeys.flatMap((key) => [key, `-${key}`]))
    .default('-created_at')
    .meta({ description: 'Sort key; `-` in front for descending. Ties are broken by id.' }),
  created_after: instant.optional().meta({ description: 'Created strictly after this time' }),
  created_before: instant.optional().meta({ description: 'Created strictly before this time' }),
  updated_after: instant.optional().meta({ description: 'Last changed strictly after this time' }),
  updated_before: instant.optional().meta({ description: 'Last changed strictly before this time' }),
});

/** Refuses a page too deep for page numbers; for the whole query object of a list. */
export const pageDepth = {
  check: ({ page, per_page }: { page: number; per_page: number }) => page * per_page <= MAX_PAGED_ROWS,
  message: {
    path: ['page'],
    params: { code: 'page_too_deep' },
    error: `page × per_page must be at most ${MAX_PAGED_ROWS}; narrow the list, for example with created_before`,
  },
};

/** Several values of an enumeration, separated by commas. */
export const commaSeparated = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z
    .string()
    .transform((value) => [...new Set(value.split(',').map((part) => part.trim()))])
    .pipe(z.array(z.enum(values)))
    .meta({
      description: `One or more of ${values.join(', ')}, separated by commas`,
      // On the wire one string, which OpenAPI writes as an array of `style: form`, `explode: false`.
      override: { type: 'array', minItems: 1, items: { type: 'string', enum: values } },
    });

/** What a service answers to a list command. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    data: z.array(item),
    meta: z.object({
      page: z.int().meta({ example: 1 }),
      per_page: z.int().meta({ example: 25 }),
      total: z.int().meta({ description: 'How many there are on all pages', example: 1 }),
      total_pages: z.int().meta({ example: 1 }),
      total_is_exact: z.boolean().meta({
        description: '`false` where counting stopped early, so that there are at least `total`',
        example: true,
      }),
    }),
  });

/** What the gateway makes of it: the page with the links that lead on (RFC 8288 relations). */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  pageOf(item).extend({
    links: z.object({
      first: z.url(),
      prev: z.url().nullable(),
      next: z.url().nullable(),
      last: z.url(),
    }),
  });

/** A page as a type, for code that handles any list. */
export interface Page<Item> {
  data: Item[];
  meta: { page: number; per_page: number; total: number; total_pages: number; total_is_exact: boolean };
}
