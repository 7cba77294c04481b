const LONGEST = 255;
const VISIBLE = /^[\x21-\x7e]+$/;
/** A string of RFC 8941: in quotes, in which only a quote and a backslash are escaped. */
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/;

/**
 * The key in the value of an `Idempotency-Key` header: 1 to 255 visible ASCII characters, bare, or as a quoted string, which
 * means the same key. Nothing if it is neither.
 */
export function parseIdempotencyKey(header: string): string | undefined {
  const key = header.startsWith('"') ? QUOTED.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1') : header;
  return key !== undefined && key.length <= LONGEST && VISIBLE.test(key) ? key : undefined;
}
