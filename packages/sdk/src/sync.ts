import { BadRequestError } from './errors.js';
import type { Resources } from './generated/resources.js';
import type { Candidate, CursorMeta, Job, PageMeta, Submission } from './generated/types.js';
import type { List, Page } from './list.js';

/** How far a copy is; keep it as it is. A new copy begins with `{}`. */
export interface SyncState {
  /** Changes later than this are yet to be read. */
  updated_after?: string;
  /** Where in the list a copy is that was stopped on its way. */
  cursor?: string;
}

/** Rows that were added or changed, and what to keep once they are stored. */
export interface SyncStep<Row> {
  rows: Row[];
  state: SyncState;
}

interface SyncedPage<Row> extends Page<Row> {
  meta: PageMeta | CursorMeta;
}
type Read<Row> = (query: object) => List<Row, SyncedPage<Row>>;

/**
 * Brings copies up to date, and misses nothing, whoever writes meanwhile. Each step is to be stored with its state: a copy that was
 * stopped anywhere goes on from the state that it has kept. A row may come again that is already there.
 */
export class Sync {
  constructor(private readonly resources: Pick<Resources, 'candidates' | 'jobs' | 'submissions'>) {}

  /** Deleted candidates are among the rows: their `status` is `inactive`. */
  candidates(state: SyncState = {}): AsyncGenerator<SyncStep<Candidate>, void> {
    return steps((query) => this.resources.candidates.list(query), state, { status: ['any'] });
  }

  jobs(state: SyncState = {}): AsyncGenerator<SyncStep<Job>, void> {
    return steps((query) => this.resources.jobs.list(query), state);
  }

  submissions(state: SyncState = {}): AsyncGenerator<SyncStep<Submission>, void> {
    return steps((query) => this.resources.submissions.list(query), state);
  }
}

async function* steps<Row>(
  read: Read<Row>,
  { updated_after, cursor }: SyncState,
  all: object = {},
): AsyncGenerator<SyncStep<Row>, void> {
  const start = { ...all, updated_after, cursor: '', per_page: 100 };
  // A cursor carries what its list was asked for with.
  const from = (place?: string): Promise<SyncedPage<Row>> =>
    read(place ? { cursor: place, per_page: 100 } : start).page();
  const isRefused = (error: unknown): boolean =>
    error instanceof BadRequestError && error.errors.some(({ field }) => field === 'cursor');

  let page = await from(cursor).catch((error: unknown) => {
    if (cursor && isRefused(error)) return from();
    throw error;
  });
  for (;;) {
    const { data, meta } = page;
    const next = meta.next_cursor ?? undefined;
    const reached = next === undefined ? meta.synced_until : updated_after;
    const state = {
      ...(reached !== undefined && { updated_after: reached }),
      ...(next !== undefined && { cursor: next }),
    };
    yield { rows: data, state };
    if (next === undefined) return;
    page = await from(next);
  }
}
