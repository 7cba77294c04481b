import type { Page } from '@nexivo/contracts/pagination';

/** A value as the text of its JSON: what is only handed on is not parsed. */
export class JsonText<Value> {
  /** Makes texts of different values different types; there is nothing in it. */
  declare readonly value: Value;

  constructor(readonly text: string) {}
}

/** The JSON of a value, or of several in a list, which may be texts already. */
export const toJson = (value: unknown): string => {
  if (value instanceof JsonText) return value.text;
  return Array.isArray(value) && value[0] instanceof JsonText
    ? `[${value.map(toJson).join(',')}]`
    : JSON.stringify(value);
};

/** What a reply says beside its body. */
export interface ReplyOptions {
  /** Of the row that the body shows; an `ETag` is made of it. */
  readonly version?: number | undefined;
  /** Whether this is the stored answer to an earlier request, and nothing was done now. */
  readonly isReplay?: boolean;
  /** Whether the resource was created now. */
  readonly isCreated?: boolean;
}

/**
 * What a command answers, where there is more to it than a body. The body alone is the payload; the rest travels in
 * headers, so that nothing of it can end up in front of a customer by accident.
 */
export class Reply<Body> {
  readonly version: number | undefined;
  readonly isReplay: boolean;
  readonly isCreated: boolean;

  constructor(
    readonly body: Body,
    { version, isReplay = false, isCreated = false }: ReplyOptions = {},
  ) {
    this.version = version;
    this.isReplay = isReplay;
    this.isCreated = isCreated;
  }
}

/**
 * One page of a list. Its rows alone are the payload, and what the page says of itself is a header: whoever hands it on need
 * not read the rows to add to the page.
 */
export class PageReply<Item, Meta = Page<Item>['meta']> extends Reply<{ data: Item[]; meta: Meta }> {
  /**
   * @param metaOfFirst what the page says of itself if it ends after so many of its rows; a page that cannot say where it goes on is
   * not cut
   */
  constructor(
    data: Item[],
    meta: Meta,
    private readonly metaOfFirst?: (count: number) => Meta,
  ) {
    super({ data, meta });
  }

  /** The page, or as many of its first rows as fit into so many bytes of JSON: one at least. */
  cutTo(maxBytes: number): PageReply<Item, Meta> {
    const { data } = this.body;
    if (!this.metaOfFirst) return this;
    // Of the brackets; each row brings its comma.
    let bytes = 1;
    const tooMany = data.findIndex((row) => (bytes += Buffer.byteLength(toJson(row)) + 1) > maxBytes);
    if (tooMany === -1) return this;
    const count = Math.max(tooMany, 1);
    return new PageReply(data.slice(0, count), this.metaOfFirst(count));
  }
}
