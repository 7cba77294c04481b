import type { Page } from '@nexivo/contracts/pagination';

/** What a reply says beside its body. */
export interface ReplyOptions {
  /** Of the row that the body shows; an `ETag` is made of it. */
  readonly version?: number | undefined;
  /** Whether this is the stored answer to an earlier request, and nothing was done now. */
  readonly isReplay?: boolean;
}

/**
 * What a command answers, where there is more to it than a body. The body alone is the payload; the rest travels in
 * headers, so that nothing of it can end up in front of a customer by accident.
 */
export class Reply<Body> {
  readonly version: number | undefined;
  readonly isReplay: boolean;

  constructor(
    readonly body: Body,
    { version, isReplay = false }: ReplyOptions = {},
  ) {
    this.version = version;
    this.isReplay = isReplay;
  }
}

/**
 * One page of a list. Its rows alone are the payload, and what the page says of itself is a header: whoever hands it on need
 * not read the rows to add to the page.
 */
export class PageReply<Item, Meta = Page<Item>['meta']> extends Reply<{ data: Item[]; meta: Meta }> {
  constructor(data: Item[], meta: Meta) {
    super({ data, meta });
  }
}
