import { z } from 'zod';

const NUL = '\u0000';

/** Characters that show nothing by themselves: white space, format characters, fillers, the empty Braille pattern. */
const SHOWS_NOTHING = /^[\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** White space, of which line breaks are a kind; NEL is the only one that `\s` leaves out. */
const WHITE_SPACE = /[\s\u0085]+/gu;

/** What neither shows nor separates, beyond what one line, or what several lines, may hold. */
const CONTROL = /\p{Cc}/u;

/** What is much longer than it may be is not looked at: it would take time from others. White space may make it longer than it is. */
const lookedAt = (max: number): number => 10 * max + 1_000;

const encodable = (max: number): z.ZodString =>
  z
    .string()
    .refine((text) => text.length <= lookedAt(max), {
      error: `must have at most ${max} characters`,
      params: { code: 'too_long' },
      abort: true,
    })
    .refine((text) => !text.includes(NUL), { error: 'must not contain NUL characters', abort: true })
    .refine((text) => text.isWellFormed(), { error: 'must not contain lone surrogates', abort: true });

/** Whether a text shows nothing: a form or a spreadsheet sends it for an empty field. */
export const isBlank = (value: string): boolean => SHOWS_NOTHING.test(value);

const blankAsEmpty = (value: string): string => (isBlank(value) ? '' : value);

/**
 * One line as people type it: trimmed, each run of white space one blank, NFC-normalised. Refused when Postgres or UTF-8 cannot
 * hold it (NUL, or a surrogate without its partner), or when it has other control characters.
 *
 * @param max greatest length in characters (code points, as JSON Schema and Postgres count them), after that
 * @param min smallest length; 1 by default, so that a value that shows nothing is refused
 */
export const text = (max: number, min = 1) =>
  encodable(max)
    .refine((value) => !CONTROL.test(value.replace(WHITE_SPACE, ' ')), {
      error: 'must not contain control characters',
      abort: true,
    })
    .overwrite((value) => blankAsEmpty(value.replace(WHITE_SPACE, ' ').trim().normalize('NFC')))
    .min(min, { abort: true })
    .max(max, { abort: true });

/** The same of several lines: line breaks, tabs and blanks stay as they are. */
export const multilineText = (max: number) =>
  encodable(max)
    .refine((value) => !CONTROL.test(value.replace(/[\t\r\n]/g, '')), {
      error: 'must not contain control characters',
      abort: true,
    })
    .overwrite((value) => blankAsEmpty(value.trim().normalize('NFC')))
    .min(1)
    .max(max);

/** The part before the @: atoms between dots (RFC 5322, section 3.2.3), of any letters (RFC 6532). */
const LOCAL_PART = /^[\w!#$%&'*+/=?^`{|}~\-\u{80}-\u{10ffff}]+(\.[\w!#$%&'*+/=?^`{|}~\-\u{80}-\u{10ffff}]+)*$/u;
/** Labels between dots, of any letters (RFC 5890), at least two. */
const DOMAIN =
  /^([\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?$/u;
const LOCAL_PART_MAX_BYTES = 64;
const LABEL_MAX = 63;
const utf8 = new TextEncoder();

/** The domain as DNS knows it; undefined where it cannot be one. */
function asciiDomain(domain: string): string | undefined {
  const url = `http://${domain}`;
  return DOMAIN.test(domain) && URL.canParse(url) ? new URL(url).hostname : undefined;
}

function isEmailAddress(value: string): boolean {
  const at = value.lastIndexOf('@');
  const [local, domain] = [value.slice(0, at), asciiDomain(value.slice(at + 1))];
  if (at < 0 || domain === undefined || /[\s\u200b-\u200f\u202a-\u202e]/u.test(value)) return false;
  if (!LOCAL_PART.test(local) || utf8.encode(local).length > LOCAL_PART_MAX_BYTES) return false;
  // The last label of a name is never a number: what looks so is an IP address.
  const labels = domain.split('.');
  return labels.every((label) => label.length <= LABEL_MAX) && !/^\d+$/.test(labels.at(-1)!);
}

/** Two of them, or one with a person's name. */
const looksLikeSeveral = (value: string): boolean => value.split('@').length > 2 || /[<>,;]|\S\s+\S/.test(value);

/**
 * An e-mail address, at most 254 characters (RFC 5321), of any script (RFC 6531), kept as written and compared without case. Quoted
 * local parts, comments and address literals are refused.
 */
export const emailAddress = text(254)
  .refine(isEmailAddress, {
    error: ({ input }) =>
      looksLikeSeveral(String(input)) && String(input).includes('@')
        ? 'must be one email address, without a name'
        : 'must be an email address',
    params: { code: 'invalid_format' },
  })
  .meta({ format: 'idn-email' });

const WEB_URL_MAX = 2000;
const NOT_A_WEB_URL = 'must be an http or https URL';

/** A URL as RFC 3986 wants it written; the WHATWG's parser leaves some characters that it does not allow. */
export function uriOf(value: string): string {
  const url = new URL(value);
  const encoded = (part: string, allowed: RegExp): string =>
    part.replace(/%(?![\dA-Fa-f]{2})/g, '%25').replace(allowed, encodeURIComponent);
  const [, origin] = /^([^/]*\/\/[^/?#]*)/.exec(url.href)!;
  const hash = url.hash.slice(1);
  return (
    origin!.replace(/%(?![\dA-Fa-f]{2})/g, '%25') +
    encoded(url.pathname + url.search, /[^\w\-.~:/?@!$&'()*+,;=%]/g) +
    (hash && `#${encoded(hash, /[^\w\-.~:/?@!$&'()*+,;=%]/g)}`)
  );
}

/** What is refused where a value is a URL and another one. */
export const oneUrl = {
  check: (value: string): boolean => !/[\s,;]\s*https?:\/\//i.test(value),
  message: { error: 'must be one URL', params: { code: 'invalid_format' }, abort: true },
};

const isWebUrl = (value: string): boolean => /^https?:\/\//i.test(value) && URL.canParse(value);

/**
 * An absolute http or https URL, at most 2,000 characters; becomes what the URL parser makes of it: host in lower case, blanks and what
 * is not ASCII encoded.
 */
export const webUrl = text(WEB_URL_MAX)
  .refine(oneUrl.check, oneUrl.message)
  .refine(isWebUrl, { error: NOT_A_WEB_URL, params: { code: 'invalid_format' }, abort: true })
  .overwrite(uriOf)
  .max(WEB_URL_MAX)
  .meta({ format: 'uri' });

/** ISO 3166-1 alpha-2 or a country's name: recruiters type both, so it is free text of at most 100 characters. */
export const country = text(100);

/** A resource id. Anything that is not a UUID names nothing, so that a path with one is a 404 and not a 400. */
export const id = z
  .uuid({ error: 'must be a UUID' })
  .toLowerCase()
  .meta({ example: '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e' });

const OLDEST = '0001-01-01T00:00:00.000Z';
const NEWEST = '9999-12-31T23:59:59.999Z';

/** RFC 3339 date and time with any offset, `t` and `z` in either case; becomes UTC with milliseconds. */
export const instant = z
  .string()
  .overwrite((value) => value.toUpperCase())
  .meta({ format: 'date-time' })
  .pipe(
    z.iso.datetime({
      offset: true,
      error: 'must be an RFC 3339 date and time, such as 2026-11-23T12:00:00.000Z',
    }),
  )
  .transform((value) => new Date(value).toISOString())
  .refine((value) => value.length === OLDEST.length && value >= OLDEST && value <= NEWEST, {
    error: 'must lie between the years 0001 and 9999',
  });

/** A time in an answer: RFC 3339 in UTC with milliseconds. */
export const timestamp = z.iso.datetime().meta({ example: '2026-11-23T12:00:00.000Z' });

/** What is the same where neither case nor accents count. */
const withoutCaseAndAccents = (value: string): string =>
  value
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();

/** A list in which no two are equal without case and accents: of those that are, the first stays. */
export const uniqueTexts = (maxItems: number, maxLength: number) =>
  z
    .array(text(maxLength))
    .max(maxItems)
    .transform((items) =>
      [...new Map(items.toReversed().map((item) => [withoutCaseAndAccents(item), item])).values()].toReversed(),
    );

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
export const CUSTOM_FIELDS_MAX = 100;

/** A patch may name more than there may be, to remove them. */
const SENT_FIELDS_MAX = 1_000;

const fieldName = text(200);

/** Refuses names that only differ until they are normalised, of which one would be lost. */
function refuseEqualNames(fields: unknown, context: z.core.$RefinementCtx): unknown {
  if (typeof fields !== 'object' || fields === null) return fields;
  const names = Object.keys(fields);
  if (names.length > SENT_FIELDS_MAX) {
    context.addIssue({ code: 'custom', message: `must have at most ${CUSTOM_FIELDS_MAX} members` });
    return {};
  }
  const seen = new Map<string, string>();
  for (const name of names) {
    const { data: normalised } = fieldName.safeParse(name);
    const other = normalised === undefined ? undefined : seen.get(normalised);
    if (other !== undefined)
      context.addIssue({ code: 'custom', path: [name], message: `has the same name as ${JSON.stringify(other)}` });
    if (normalised !== undefined) seen.set(normalised, name);
  }
  return fields;
}

/** Free members for what the account keeps beside the standard fields: at most 100, scalars only. */
export const customFields = z
  .preprocess(
    refuseEqualNames,
    z.record(fieldName, scalar).refine((fields) => Object.keys(fields).length <= CUSTOM_FIELDS_MAX, {
      error: `must have at most ${CUSTOM_FIELDS_MAX} members`,
    }),
  )
  .meta({ id: 'CustomFields' });

/** `custom_fields` in a PATCH: a merge patch of its own (RFC 7396), `null` removes a member. */
export const customFieldsPatch = z
  .preprocess(refuseEqualNames, z.record(fieldName, scalar.nullable()))
  .meta({ id: 'CustomFieldsPatch' });
