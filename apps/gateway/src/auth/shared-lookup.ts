import { setTimeout } from 'node:timers/promises';

interface Waiting<Key, Found> {
  readonly key: Key;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Looks up many keys by one statement: one is under way at a time, a pause before each, and what arrives meanwhile shares the next.
 * However fast keys arrive, the store is asked at most once per pause.
 */
export class SharedLookup<Key, Found> {
  private waiting: Waiting<Key, Found>[] = [];
  private isRunning = false;

  /** @param find answers in the order of the keys */
  constructor(
    private readonly find: (keys: readonly Key[]) => Promise<readonly Found[]>,
    private readonly pauseMs: number,
    private readonly maxKeys: number,
  ) {}

  look(key: Key): Promise<Found> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ key, resolve, reject });
      if (!this.isRunning) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    while (this.waiting.length > 0) {
      await setTimeout(this.pauseMs);
      const batch = this.waiting.splice(0, this.maxKeys);
      try {
        const found = await this.find(batch.map(({ key }) => key));
        batch.forEach(({ resolve }, position) => resolve(found[position]!));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.isRunning = false;
  }
}
