import { LRUCache } from 'lru-cache';

/** When something was asked for, by `performance.now()`. */
interface Dated {
  readonly askedAt: number;
}

const REMEMBERED = 20_000;
/** Of more than so many forgotten subjects, while values are being asked for, it is not known any more which they were. */
const FORGOTTEN = 10_000;

/**
 * What was found out by key, for as long as it may be believed. It is asked for only once however many wait. Whatever becomes
 * untrue is forgotten by its subject, such as an account, at the price of what is remembered of that subject; and what was asked before
 * is not remembered after it.
 */
export class Remembered<Value extends Dated> {
  private readonly values: LRUCache<string, Value>;
  private readonly pending = new Map<string, Promise<Value>>();
  /** The keys of each subject: one, as most have, or several. */
  private readonly keys = new Map<string, string | Set<string>>();
  /** Goes up whenever something is forgotten. */
  private epoch = 0;
  /** How many are being asked for. */
  private asking = 0;
  /** Since they were: the epoch in which each subject was last forgotten, and in which all were. */
  private readonly forgotten = new Map<string, number>();
  private allForgotten = 0;

  /**
   * @param freshMs for how long a value is believed when nothing is heard of a change: the bus may be away
   * @param keptMs for how long it is kept for when it cannot be asked for
   * @param subjectsOf what a value is about
   */
  constructor(
    private readonly freshMs: number,
    keptMs: number,
    private readonly subjectsOf: (value: Value) => readonly string[],
  ) {
    this.values = new LRUCache({
      max: REMEMBERED,
      ttl: keptMs,
      dispose: (value, key) => this.removeFromIndex(key, value),
    });
  }

  /** How many there are. */
  get size(): number {
    return this.values.size;
  }

  /** What is known, however old. */
  get(key: string): Value | undefined {
    return this.values.get(key);
  }

  isFresh({ askedAt }: Value): boolean {
    return performance.now() - askedAt < this.freshMs;
  }

  /**
   * @param load asks
   * @param isWorthKeeping whether to remember what it says
   */
  ask(key: string, load: () => Promise<Value>, isWorthKeeping: (value: Value) => boolean = () => true): Promise<Value> {
    const underWay = this.pending.get(key);
    if (underWay) return underWay;
    const { epoch } = this;
    this.asking++;
    const asked = load()
      .then((value) => {
        if (isWorthKeeping(value) && !this.wasForgottenSince(epoch, value)) this.keep(key, value);
        return value;
      })
      .finally(() => {
        if (this.pending.get(key) === asked) this.pending.delete(key);
        if (--this.asking === 0) this.forgotten.clear();
      });
    this.pending.set(key, asked);
    return asked;
  }

  forget(subject: string): void {
    this.startEpoch();
    if (this.asking > 0) this.noteForgotten(subject);
    const keys = this.keys.get(subject);
    if (keys === undefined) return;
    for (const key of typeof keys === 'string' ? [keys] : [...keys]) this.values.delete(key);
  }

  forgetAll(): void {
    this.startEpoch();
    this.allForgotten = this.epoch;
    this.values.clear();
  }

  /** Who asks from now on does not share an answer that was asked for before: of whom it tells is not known yet. */
  private startEpoch(): void {
    this.epoch++;
    this.pending.clear();
  }

  private noteForgotten(subject: string): void {
    if (this.forgotten.size === FORGOTTEN) {
      this.forgotten.clear();
      this.allForgotten = this.epoch;
    }
    this.forgotten.set(subject, this.epoch);
  }

  private wasForgottenSince(epoch: number, value: Value): boolean {
    return this.allForgotten > epoch || this.subjectsOf(value).some((each) => (this.forgotten.get(each) ?? 0) > epoch);
  }

  private keep(key: string, value: Value): void {
    // What it replaces leaves the index first.
    this.values.set(key, value);
    for (const subject of this.subjectsOf(value)) {
      const keys = this.keys.get(subject);
      if (keys === undefined) this.keys.set(subject, key);
      else if (typeof keys === 'string') this.keys.set(subject, new Set([keys, key]));
      else keys.add(key);
    }
  }

  private removeFromIndex(key: string, value: Value): void {
    for (const subject of this.subjectsOf(value)) {
      const keys = this.keys.get(subject);
      if (typeof keys === 'object') keys.delete(key);
      if (keys === key || (typeof keys === 'object' && keys.size === 0)) this.keys.delete(subject);
    }
  }
}
