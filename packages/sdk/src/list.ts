import type { Call } from './call.js';
import { search } from './path.js';

/** A page of a list. */
export interface Page<Item> {
  data: Item[];
  links: { next: string | null };
}

const GREATEST_PAGE = 100;

/**
 * A list of the API. `for await` reads all of it, page by page, by cursor where the list has one: what exists throughout is shown exactly
 * once, whatever is written meanwhile. Nothing is asked for before it is read.
 */
export class List<Item, PageOf extends Page<Item> = Page<Item>> implements AsyncIterable<Item> {
  constructor(
    private readonly read: (search: string) => Call<PageOf>,
    private readonly query: object,
    private readonly isByCursor: boolean,
  ) {}

  /** The one page that was asked for, with its `meta`: the first by number, unless told. */
  page(): Call<PageOf> {
    return this.read(search(this.query));
  }

  /** All pages, from the one that was asked for on. */
  pages(): AsyncGenerator<PageOf, void> {
    return this.#pages(GREATEST_PAGE);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    for await (const { data } of this.pages()) yield* data;
  }

  /** @param options.limit greatest number of rows */
  async toArray({ limit }: { limit: number }): Promise<Item[]> {
    const rows: Item[] = [];
    if (limit <= 0) return rows;
    for await (const { data } of this.#pages(Math.min(limit, GREATEST_PAGE))) {
      rows.push(...data);
      if (rows.length >= limit) break;
    }
    return rows.slice(0, limit);
  }

  async *#pages(perPage: number): AsyncGenerator<PageOf, void> {
    const isByCursor = this.isByCursor && (this.query as { page?: number }).page === undefined;
    const start = { per_page: perPage, ...(isByCursor && { cursor: '' }), ...this.query };
    for (let asked: string | undefined = search(start); asked !== undefined;) {
      const page: PageOf = await this.read(asked);
      yield page;
      // Whatever host the link names: the token is for this one.
      asked = page.links.next?.replace(/^[^?]*/, '');
    }
  }
}
