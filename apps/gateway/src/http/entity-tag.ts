/** One entity tag of a conditional header (RFC 9110, section 8.8.3). */
export interface EntityTag {
  readonly isWeak: boolean;
  readonly opaque: string;
}

/** The strong tag of a resource at a version. */
export const etagOf = (version: number): string => `"${version}"`;

/** What proxies that compress an answer add to its tag, within the quotes. */
const CODING = /-(?:gzip|br|zstd|deflate)$/;
const TAG = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g;
/** A tag and the commas around it, once each tag has become a line feed, which no header can contain. */
const LIST = /^[ \t,]*\n(?:[ \t]*,[ \t,]*\n)*[ \t,]*$/;

/** The value of `If-Match` or `If-None-Match`: `*` or tags, separated by commas; nothing if it is neither. */
export function parseEntityTags(header: string): '*' | EntityTag[] | undefined {
  if (header.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  const rest = header.replaceAll(TAG, (_tag, weak: string | undefined, opaque: string) => {
    tags.push({ isWeak: weak !== undefined, opaque: opaque.replace(CODING, '') });
    return '\n';
  });
  return LIST.test(rest) ? tags : undefined;
}

const VERSION = /^[1-9]\d{0,9}$/;

/** The versions that tags stand for by strong comparison: a weak tag stands for none, nor does one that is not ours. */
export const versionsIn = (tags: readonly EntityTag[]): number[] =>
  tags.filter(({ isWeak, opaque }) => !isWeak && VERSION.test(opaque)).map(({ opaque }) => Number(opaque));

/** Whether one of the tags is that of a resource, by weak comparison, as `If-None-Match` wants it. */
export const includesTag = (tags: '*' | readonly EntityTag[], etag: string): boolean =>
  tags === '*' || tags.some(({ opaque }) => `"${opaque}"` === etag);
