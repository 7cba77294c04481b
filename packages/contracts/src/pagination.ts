import { z } from 'zod';
import { instant, text, timestamp } from './text.js';

/** The last row that page numbers reach: beyond it OFFSET costs more than it is worth. */
export const MAX_PAGED_ROWS = 10_000;

/** Rows are counted so far and no further, where no counter knows their number. */
export const MAX_COUNTED_ROWS = 1_000;

/** Of the rows that a search finds, so many of the newest are sorted by relevance. */
export const MAX_RANKED_ROWS = 5_000;

/** The rows of a page, as JSON, are cut to so many bytes: half of what the bus carries. */
export const MAX_PAGE_BYTES = 4 * 1024 * 1024;

/** Members of a schema as the OpenAPI document shows it; `undefined` leaves one out. */
const shownAs =
  (members: Record<string, unknown>) =>
  ({ jsonSchema }: { jsonSchema: object }): void =>
    void Object.assign(jsonSchema, members);

/** A place between two rows of a sorted list: behind the row with this value of the sort key and this id. */
const position = z.object({
  value: z.union([z.string(), z.number()]).nullable(),
  id: z.string(),
  /** Of the first page of its list. */
  synced_until: z.string().optional(),
});
export type Position = z.output<typeof position>;

/** Where a list that is read by cursor goes on: `start` is before its first row. */
export type Cursor = 'start' | Position;

/**
 * The parameter `cursor`, as services get it. Clients see an opaque text, which the gateway makes of it, and takes apart
 * again before it validates.
 */
const cursor = z.union([z.literal('start'), position]).meta({
  description:
    '`meta.next_cursor` of the page before, or empty for the first one. It carries the sort and the filters of its list: they need not be sent again, and must not be others. Not together with `page`.',
  override: shownAs({ type: 'string', maxLength: 8_000, anyOf: undefined }),
});

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: `must be a whole number from ${min} to ${max}`, abort: true })
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    // A query string has only text; callers and their tools are better off with the number that it spells.
    .meta({ override: shownAs({ type: 'integer', format: 'int32', minimum: min, maximum: max, pattern: undefined }) });

/** The query parameters of paging by number. */
export const pageParameters = {
  page: wholeNumber(1, 999_999_999)
    .default(1)
    .meta({
      description: `Page number, from 1; page × per_page is at most ${MAX_PAGED_ROWS}`,
    }),
  per_page: wholeNumber(1, 100).default(25).meta({
    description:
      'Items per page, 1 to 100. There are fewer where they would be larger than 4 MiB: `meta.is_truncated` says so',
  }),
};

/** Those, and paging by cursor, of a list that has one order. */
export const cursorParameters = { ...pageParameters, cursor: cursor.optional() };

/** Sorts by how well a row fits `q`, the best first. */
export const BY_RELEVANCE = '-relevance';

/**
 * The parameter `q`. The service that is asked reads it, as it was sent: what is wrong with it is named with its place.
 *
 * @param fields that may stand before a word, in the order in which people are told of them
 */
export const searchParameter = (fields: readonly string[]) => ({
  q: z
    .string()
    .optional()
    .meta({
      description: [
        'Boolean search, as the reference says under Search: words, `"a phrase"`, `AND`, `OR`, `NOT`, parentheses, `word*`, and',
        `fields: ${fields.map((field) => `\`${field}:\``).join(' ')}.`,
      ].join(' '),
      example: `${fields[1]}:(engineer OR developer) -junior`,
    }),
});

/** The query parameters that every list of resources takes; the sort keys are the list's own. */
export const listParameters = (sortKeys: readonly string[]) => ({
  ...cursorParameters,
  sort: z
    .enum(sortKeys.flatMap((key) => (key === BY_RELEVANCE ? [key] : [key, `-${key}`])))
    .default(DEFAULT_SORT)
    .meta({
      description: sortKeys.includes(BY_RELEVANCE)
        ? `Sort key, with \`-\` descending. \`-relevance\` goes with \`q\` only, and sorts and lists the newest ${MAX_RANKED_ROWS} matches at most.`
        : 'Sort key, with `-` descending.',
    }),
  created_after: instant.optional().meta({ description: 'Created later than this time' }),
  created_before: instant.optional().meta({ description: 'Created at this time or earlier' }),
  updated_after: instant.optional().meta({ description: 'Last changed later than this time' }),
  updated_before: instant.optional().meta({ description: 'Last changed at this time or earlier' }),
});

/** Refuses a page too deep for page numbers; for the whole query object of a list. */
export const pageDepth = {
  check: ({ page, per_page }: { page: number; per_page: number }) => page * per_page <= MAX_PAGED_ROWS,
  message: {
    path: ['page'],
    params: { code: 'page_too_deep' },
    error: `page × per_page must be at most ${MAX_PAGED_ROWS}; to read further, follow meta.next_cursor with cursor`,
  },
};

/** Refuses an order by relevance to nothing; for the whole query object of a list that can be searched. */
export const relevance = {
  check: ({ sort, q }: { sort: string; q?: string | undefined }) => sort !== BY_RELEVANCE || q !== undefined,
  message: {
    path: ['sort'],
    params: { code: 'relevance_without_q' },
    error: 'must be another key without q: there is nothing to be relevant to',
  },
};

interface Continuable {
  readonly sort?: string | undefined;
  readonly created_after?: string | undefined;
  readonly updated_after?: string | undefined;
}

/**
 * Whether a list is one that people go on from by a time: in ascending order of one, or what is later than one. A row of it that changes
 * moves the others, and would take them from a page by number that is yet to come to one that was read.
 */
export const isContinued = ({ sort = DEFAULT_SORT, created_after, updated_after }: Continuable): boolean =>
  /^\w+_at$/.test(sort) || created_after !== undefined || updated_after !== undefined;

const lists = new WeakSet<z.core.$ZodType>();

/** Whether a parameter is a list of values: what is sent several times is then one list. */
export function isCommaSeparated(parameter: z.core.$ZodType): boolean {
  const isWrapped = parameter instanceof z.ZodOptional || parameter instanceof z.ZodDefault;
  return isWrapped ? isCommaSeparated(parameter.unwrap()) : lists.has(parameter);
}

/** Several values of an enumeration, separated by commas. */
export const commaSeparated = <const Values extends readonly [string, ...string[]]>(values: Values) => {
  const list = z
    .string()
    .transform((value) => [...new Set(value.split(',').map((part) => part.trim()))])
    .pipe(z.array(z.enum(values)))
    .meta({
      description: 'One or more, separated by commas',
      // On the wire one string, which OpenAPI writes as an array of `style: form`, `explode: false`.
      override: shownAs({ type: 'array', minItems: 1, items: { type: 'string', enum: values } }),
    });
  lists.add(list);
  return list;
};

/** The order of a list that is not told another. */
export const DEFAULT_SORT = '-created_at';

/** Of the rows that fit what somebody is typing, so many are listed. */
export const MAX_BEST_MATCHES = 100;

/**
 * A filter for somebody who is typing: all words as beginnings.
 *
 * @param max greatest length
 * @param what is found by it: `Candidates whose name has`
 */
export const typeAhead = (max: number, what: string) =>
  text(max)
    .optional()
    .meta({
      description: `For drop-downs: ${what} all of these words or their beginnings; nothing in it is an operator. In the default order those that begin with it come first, ${MAX_BEST_MATCHES} at most`,
    });

/** So many values a filter takes. */
const MAX_VALUES = 50;

/**
 * Several texts, separated by commas, as a filter of a list; one with a comma in it stands in double quotes.
 *
 * @param value what each of them is
 * @param description which rows have any of them
 */
export const anyOf = (value: z.ZodType<string, string>, description: string) => {
  const list = z
    .string()
    .transform(separated)
    .pipe(z.array(value).max(MAX_VALUES, { error: `must have at most ${MAX_VALUES} values` }))
    .meta({
      description: `${description}; several as \`a,b\`, compared without case and accents`,
      override: shownAs({ type: 'array', minItems: 1, maxItems: MAX_VALUES, items: { type: 'string' } }),
    });
  lists.add(list);
  return list;
};

/** Splits at the commas outside of values that are in quotes. */
function separated(values: string): string[] {
  const texts = new Set<string>();
  for (let rest = values; ;) {
    const [whole, quoted, plain = ''] = /^\s*(?:"([^"]*)"\s*(?=,|$)|([^,]*))/.exec(rest)!;
    texts.add(quoted ?? plain.trim());
    if (whole.length === rest.length) return [...texts];
    rest = rest.slice(whole.length + 1);
  }
}

const count = {
  total: z.int().min(0).meta({ description: 'How many there are on all pages', example: 1 }),
  total_pages: z.int().min(0).meta({ description: 'How many pages', example: 1 }),
  rank_window_size: z
    .int()
    .min(0)
    .meta({
      id: 'RankWindowSize',
      description: `With \`sort=-relevance\`, where only the newest so many matches were sorted and are listed, since there may be more; ${MAX_RANKED_ROWS} at most`,
      example: MAX_RANKED_ROWS,
    }),
  total_is_exact: z.boolean().meta({
    description: `\`false\` where counting stopped at ${MAX_COUNTED_ROWS} or at the end of this page, so that there are at least \`total\`, or were within the last minute`,
    example: true,
  }),
};

const syncedUntil = timestamp
  .meta({
    id: 'SyncedUntil',
    description:
      'From when `updated_after` may go on without loss once this list has been read to its end; the same on all of its pages. In a list that is begun with an empty `cursor`, in ascending order of a time, or narrowed by `created_after` or `updated_after`',
  })
  .optional();

const isTruncated = z.literal(true).meta({
  id: 'IsTruncated',
  description:
    'The rows of `per_page` would be larger than 4 MiB, and these are the first: `links.next` goes on by cursor. Not there on any other page',
});

/** What a service answers to a list command: a page by number with its count, or one by cursor without. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    data: z.array(item),
    meta: z.object({
      page: z.int().min(0).optional(),
      per_page: z.int().min(0),
      total: count.total.optional(),
      total_pages: count.total_pages.optional(),
      total_is_exact: count.total_is_exact.optional(),
      is_truncated: isTruncated.optional(),
      rank_window_size: count.rank_window_size.optional(),
      synced_until: syncedUntil,
      next: position.nullish(),
    }),
  });

const rowsMeta = {
  per_page: z.int().min(1).max(100).meta({ example: 25 }),
  is_truncated: isTruncated.optional(),
  rank_window_size: count.rank_window_size.optional(),
  synced_until: syncedUntil,
};

/** What a page by number says of itself. */
const numberedMeta = z
  .object({
    page: z.int().min(1).meta({ description: 'The number of this page', example: 1 }),
    total: count.total,
    total_pages: count.total_pages,
    total_is_exact: count.total_is_exact,
    ...rowsMeta,
    next_cursor: z.string().nullable().optional().meta({
      description: '`cursor` of the page after this one; `null` on the last. Only where the list can be read by cursor',
      example: null,
    }),
  })
  .meta({ id: 'PageMeta', description: 'Of a page that was asked for by number' });

/** What a page by cursor says of itself. */
const cursorMeta = z
  .object({
    ...rowsMeta,
    next_cursor: z.string().nullable().meta({
      description: '`cursor` of the page after this one; `null` on the last',
      example: null,
    }),
  })
  .meta({ id: 'CursorMeta', description: 'Of a page that was asked for by cursor: nothing is counted' });

const links = z
  .object({
    first: z.url(),
    prev: z.url().nullable().meta({ description: '`null` on the first page, and always with `cursor`' }),
    next: z.url().nullable().meta({ description: '`null` on the last page' }),
    last: z.url().nullable().meta({ description: '`null` with `cursor`, and where `total` is not exact' }),
  })
  .meta({ id: 'ListLinks', description: 'What leads on (RFC 8288 relations)' });

const meta = z.union([numberedMeta, cursorMeta]).meta({
  id: 'ListMeta',
  description: 'With `page`, or neither, a `PageMeta`, which has `total`; with `cursor` a `CursorMeta`, which has not',
});

/** What the gateway makes of a page of a list that can be read by number and by cursor. */
export const listOf = <Item extends z.ZodType>(item: Item, name: string) =>
  z
    .object({
      data: z.array(item),
      meta,
      links,
    })
    .meta({ id: name });

/** The same of a list that is read by number alone. */
export const numberedListOf = <Item extends z.ZodType>(item: Item, name: string) =>
  z.object({ data: z.array(item), meta: numberedMeta, links }).meta({ id: name });

/** A page as a type, for code that handles any list. */
export interface Page<Item> {
  data: Item[];
  meta: PageMeta;
}

/** What a page says of itself; the counts and the number are missing where it was asked for by cursor. */
export interface PageMeta {
  page?: number | undefined;
  per_page: number;
  total?: number | undefined;
  total_pages?: number | undefined;
  total_is_exact?: boolean | undefined;
  /** Whether it ends early because it would be larger than {@link MAX_PAGE_BYTES}. */
  is_truncated?: true | undefined;
  /** How many of the newest matches were sorted by relevance, where there may be more. */
  rank_window_size?: number | undefined;
  /** From which `updated_after` may go on, see `narrowByTime`. */
  synced_until?: string | undefined;
  /** Behind its last row; `null` where nothing follows, missing where the list cannot be read by cursor. */
  next?: Position | null | undefined;
}
