import { LRUCache } from 'lru-cache';

/** When something was asked for, by `performance.now()`. */
interface Dated {
  readonly askedAt: number;
}

const REMEMBERED = 20_000;

/**
 * What was found out by key, for as long as it may be believed. It is asked for only once however many wait, and what was asked before
 * something was forgotten is not remembered after it.
 */
export class Remembered<Value extends Dated> {
  private readonly values: LRUCache<string, Value>;
  private readonly pending = new Map<string, Promise<Value>>();
  private epoch = 0;

  /**
   * @param freshMs for how long a value is believed when nothing is heard of a change: the bus may be away
   * @param keptMs for how long it is kept for when it cannot be asked for
   */
  constructor(
    private readonly freshMs: number,
    keptMs: number,
  ) {
    this.values = new LRUCache({ max: REMEMBERED, ttl: keptMs });
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
    const asked = load()
      .then((value) => {
        if (epoch === this.epoch && isWorthKeeping(value)) this.values.set(key, value);
        return value;
      })
      .finally(() => {
        if (this.pending.get(key) === asked) this.pending.delete(key);
      });
    this.pending.set(key, asked);
    return asked;
  }

  forget(matches: (value: Value) => boolean): void {
    this.startEpoch();
    for (const [key, value] of this.values.entries()) if (matches(value)) this.values.delete(key);
  }

  forgetAll(): void {
    this.startEpoch();
    this.values.clear();
  }

  private startEpoch(): void {
    this.epoch++;
    this.pending.clear();
  }
}
