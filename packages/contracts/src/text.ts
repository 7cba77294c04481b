import { z } from 'zod';

const NUL = '\u0000';

/**
 * A string as people type it: trimmed, NFC-normalised, and refused when Postgres or UTF-8 cannot hold it
 * (NUL, or a surrogate without its partner).
 *
 * @param max greatest length in characters (code points, as JSON Schema and Postgres count them), after trimming
 * @param min smallest length; 1 by default, so that an all-blank value is refused
 */
export const text = (max: number, min = 1) =>
  z
    .string()
    .refine((value) => !value.includes(NUL), { error: 'must not contain NUL characters', abort: true })
    .refine((value) => value.isWellFormed(), { error: 'must not contain lone surrogates', abort: true })
    .trim()
    .normalize('NFC')
    .min(min)
    .max(max);

/** An e-mail address, at most 254 characters (RFC 5321), kept as written and compared without case. */
export const emailAddress = text(254).pipe(z.email('must be an email address')).meta({ format: 'email' });

/** An absolute http or https URL, at most 2,000 characters. */
export const webUrl = text(2000)
  .pipe(z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }))
  .meta({ format: 'uri' });

/** ISO 3166-1 alpha-2 or a country's name: recruiters type both, so it is free text of at most 100 characters. */
export const country = text(100);

/** A resource id. Anything that is not a UUID names nothing, so that a path with one is a 404 and not a 400. */
export const id = z
  .uuid({ error: 'must be a UUID' })
  .toLowerCase()
  .meta({ description: 'UUIDv7', example: '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e' });

const OLDEST = '0001-01-01T00:00:00.000Z';
const NEWEST = '9999-12-31T23:59:59.999Z';

/** RFC 3339 date and time with any offset; becomes UTC with milliseconds. */
export const instant = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 date and time, such as 2026-11-23T12:00:00.000Z' })
  .transform((value) => new Date(value).toISOString())
  .refine((value) => value.length === OLDEST.length && value >= OLDEST && value <= NEWEST, {
    error: 'must lie between the years 0001 and 9999',
  });

/** A time in an answer: RFC 3339 in UTC with milliseconds. */
export const timestamp = z.iso.datetime().meta({ example: '2026-11-23T12:00:00.000Z' });

/** A list without repetitions, in the order first given; `a` and `A` are two entries. */
export const uniqueTexts = (maxItems: number, maxLength: number) =>
  z
    .array(text(maxLength))
    .max(maxItems)
    .transform((items) => [...new Set(items)]);

const scalar = z.union(
  [
    text(1000, 0),
    z.number().refine((value) => !Number.isInteger(value) || Number.isSafeInteger(value), {
      error: 'must be within ±9007199254740991; send larger numbers as strings',
    }),
    z.boolean(),
  ],
  { error: 'must be a string of at most 1,000 characters, a number or a boolean' },
);

/** Greatest number of members of `custom_fields`. */
export const CUSTOM_FIELDS_MAX = 50;

/** Free members for what the account keeps beside the standard fields: at most 50, scalars only. */
export const customFields = z
  .record(text(60), scalar)
  .refine((fields) => Object.keys(fields).length <= CUSTOM_FIELDS_MAX, {
    error: `must have at most ${CUSTOM_FIELDS_MAX} members`,
  });

/** `custom_fields` in a PATCH: a merge patch of its own (RFC 7396), `null` removes a member. */
export const customFieldsPatch = z.record(text(60), scalar.nullable());
