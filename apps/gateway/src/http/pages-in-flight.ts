import { DomainError } from '@nexivo/bus/domain-error';
import { FairSemaphore } from '@nexivo/runtime/fair-semaphore';
import { LRUCache } from 'lru-cache';

/** What a row is taken to need until a page has shown it: a hundred of them are the largest page. */
const UNKNOWN_ROW_BYTES = 40 * 1024;
/** A page beyond it keeps Postgres, its service and this process busy for tens of milliseconds. */
const LARGE_PAGE_BYTES = 1024 * 1024;
/** How much of what a list was seen to need is still expected after each smaller page. */
const DECAY = 0.9;
const REMEMBERED_LISTS = 10_000;
/** How long a request waits for its turn. A page of 4 MiB takes a slow client seconds; what waits longer is told to come back. */
const MAX_WAIT_MS = 10_000;
const MAX_WAITING = 1_000;

interface Waiting {
  readonly bytes: number;
  readonly resolve: () => void;
  readonly timer: NodeJS.Timeout;
}

/** What one account has in flight. */
interface Line {
  bytes: number;
  readonly waiting: Set<Waiting>;
}

/** The room of one page, from before it is asked for until its client has taken it. */
export interface PlaceInFlight {
  /**
   * The page is there.
   *
   * @throws DomainError `service_unavailable` if it is much larger than was expected, so that it cannot be kept
   */
  settle(bytes: number): void;
  /** To be called once. */
  release(): void;
}

/**
 * Bounds the bytes of pages that are on their way to one account: being made, or waiting for whoever reads them. A request whose page
 * has no room waits for the account's own others. How large a page will be is known from the account's earlier pages of that list.
 * Large ones are made one after the other, so that an account that reads nothing else keeps one processor busy, and not all.
 */
export class PagesInFlight {
  private readonly lines = new Map<string, Line>();
  private readonly largeInTheMaking = new FairSemaphore({ slots: Infinity, slotsPerKey: 1, name: 'The account' });
  private readonly rowBytes = new LRUCache<string, number>({ max: REMEMBERED_LISTS });

  /** @param maxBytes of one account */
  constructor(private readonly maxBytes: number) {}

  /**
   * Waits until there is room for a page.
   *
   * @param list which list of the account
   * @param rows how many the page has at most
   * @throws DomainError `service_unavailable` when there is none in time
   */
  async enter(accountId: string, list: string, rows: number): Promise<PlaceInFlight> {
    const until = performance.now() + MAX_WAIT_MS;
    const key = `${accountId} ${list}`;
    const expected = Math.ceil(rows * (this.rowBytes.get(key) ?? UNKNOWN_ROW_BYTES));
    const line = this.lineOf(accountId);
    if (line.waiting.size > 0 || !this.hasRoom(line, expected)) await this.wait(accountId, line, expected);
    else line.bytes += expected;
    let held = expected;
    const leave = (): void => {
      line.bytes -= held;
      this.serve(line);
      if (line.bytes === 0 && line.waiting.size === 0) this.lines.delete(accountId);
    };
    const made = await this.turnToMake(accountId, expected, until - performance.now()).catch(() => {
      leave();
      throw tooMuch();
    });
    return {
      settle: (bytes) => {
        made();
        this.rowBytes.set(key, Math.max(bytes / rows, (this.rowBytes.get(key) ?? 0) * DECAY));
        const rest = line.bytes - held;
        if (rest > 0 && rest + bytes > 2 * this.maxBytes) throw tooMuch();
        line.bytes = rest + bytes;
        held = bytes;
        this.serve(line);
      },
      release: () => {
        made();
        leave();
      },
    };
  }

  /** Waits until no other large page of the account is being made. What it returns may be called more than once. */
  private async turnToMake(accountId: string, expected: number, maxWaitMs: number): Promise<() => void> {
    if (expected <= LARGE_PAGE_BYTES) return () => undefined;
    let release: (() => void) | undefined = await this.largeInTheMaking.acquire(accountId, maxWaitMs);
    return () => {
      release?.();
      release = undefined;
    };
  }

  /** One page is always possible, whatever its size. */
  private hasRoom(line: Line, bytes: number): boolean {
    return line.bytes === 0 || line.bytes + bytes <= this.maxBytes;
  }

  private lineOf(accountId: string): Line {
    let line = this.lines.get(accountId);
    if (!line) this.lines.set(accountId, (line = { bytes: 0, waiting: new Set() }));
    return line;
  }

  private wait(accountId: string, line: Line, bytes: number): Promise<void> {
    if (line.waiting.size >= MAX_WAITING) throw tooMuch();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        line.waiting.delete(waiting);
        if (line.bytes === 0 && line.waiting.size === 0) this.lines.delete(accountId);
        reject(tooMuch());
      }, MAX_WAIT_MS);
      const waiting = { bytes, resolve, timer };
      line.waiting.add(waiting);
    });
  }

  private serve(line: Line): void {
    for (const waiting of line.waiting) {
      if (!this.hasRoom(line, waiting.bytes)) return;
      line.waiting.delete(waiting);
      clearTimeout(waiting.timer);
      line.bytes += waiting.bytes;
      waiting.resolve();
    }
  }
}

const tooMuch = (): DomainError =>
  new DomainError('service_unavailable', {
    detail:
      'The account has more pages on their way than are kept for it: read those that were asked for, or ask for smaller ones.',
    retryAfterS: 1,
  });
