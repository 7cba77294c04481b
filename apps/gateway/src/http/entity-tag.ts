/** The strong tag of a resource at a version. */
export const etagOf = (version: number): string => `"${version}"`;

/** What proxies that compress an answer add to its tag, within the quotes. */
const CODING = /-(?:gzip|br|zstd|deflate)$/;
const TAG = /(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g;
/** A tag and the commas around it, once each tag has become a line feed, which no header can contain. */
const LIST = /^[ \t,]*\n(?:[ \t]*,[ \t,]*\n)*[ \t,]*$/;

/**
 * The value of `If-Match` or `If-None-Match` (RFC 9110, section 8.8.3): `*`, or what is within the quotes of tags separated by commas;
 * nothing if it is neither. We give out strong tags only, so that a weak one is ours, made weak by a proxy that compresses; it counts.
 */
export function parseEntityTags(header: string): '*' | string[] | undefined {
  if (header.trim() === '*') return '*';
  const tags: string[] = [];
  const rest = header.replaceAll(TAG, (_tag, opaque: string) => {
    tags.push(opaque.replace(CODING, ''));
    return '\n';
  });
  return LIST.test(rest) ? tags : undefined;
}

const VERSION = /^[1-9]\d{0,9}$/;

/** The versions that tags stand for: one that is not ours stands for none. */
export const versionsIn = (tags: readonly string[]): number[] => tags.filter((tag) => VERSION.test(tag)).map(Number);

/** Whether one of the tags is that of a resource. */
export const includesTag = (tags: '*' | readonly string[], etag: string): boolean =>
  tags === '*' || tags.some((tag) => `"${tag}"` === etag);
