import { setTimeout } from 'node:timers/promises';
import { Busy } from '@nexivo/bus/busy';
import { WAIT_MS } from './auth-store.js';

interface Waiting<Key, Found> {
  readonly key: Key;
  readonly since: number;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: unknown) => void;
}

interface SharedLookupOptions {
  /** How many keys one statement looks up at most. */
  readonly maxKeys: number;
  /** How many statements are under way at a time; one unless told. */
  readonly atOnce?: number;
  /** The pause before each, in ms; none unless told. */
  readonly pauseMs?: number;
  /** How long after the one before a statement begins at the earliest, in ms, so that keys gather; whoever is alone does not wait. */
  readonly gatherMs?: number;
}

/**
 * Looks up many keys by one statement: what arrives while as many are under way as may be shares the next. However many ask, the store
 * is never asked more than it answers; with a pause, once per pause at most.
 */
export class SharedLookup<Key, Found> {
  private waiting: Waiting<Key, Found>[] = [];
  private running = 0;
  private lastBegunAt = -Infinity;

  /** @param find answers in the order of the keys */
  constructor(
    private readonly find: (keys: readonly Key[]) => Promise<readonly Found[]>,
    private readonly options: SharedLookupOptions,
  ) {}

  /** @throws Busy for a key that was not looked up within `WAIT_MS`; otherwise as `find` */
  look(key: Key): Promise<Found> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ key, since: performance.now(), resolve, reject });
      if (this.running < (this.options.atOnce ?? 1)) void this.run();
    });
  }

  private async run(): Promise<void> {
    const { maxKeys, pauseMs = 0, gatherMs = 0 } = this.options;
    this.running++;
    while (this.waiting.length > 0) {
      const waitMs = Math.max(pauseMs, this.lastBegunAt + gatherMs - performance.now());
      if (waitMs > 0) await setTimeout(waitMs);
      this.lastBegunAt = performance.now();
      const batch = this.waiting.splice(0, maxKeys).filter((each) => !isTooLate(each));
      if (batch.length > 0) await this.answer(batch);
    }
    this.running--;
  }

  private async answer(batch: readonly Waiting<Key, Found>[]): Promise<void> {
    try {
      const found = await this.find(batch.map(({ key }) => key));
      batch.forEach(({ resolve }, position) => resolve(found[position]!));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

/** Whoever has waited for too long is refused, and costs nothing more. */
function isTooLate({ since, reject }: Pick<Waiting<never, never>, 'since' | 'reject'>): boolean {
  if (performance.now() - since < WAIT_MS) return false;
  reject(new Busy(`The gateway had too much to do for ${WAIT_MS} ms.`));
  return true;
}
