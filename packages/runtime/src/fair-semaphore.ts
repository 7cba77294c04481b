import { Busy } from '@nexivo/bus/busy';

/** How much a {@link FairSemaphore} gives out. */
interface FairSemaphoreOptions {
  /** How many may hold it at once. */
  readonly slots: number;
  /** How many of one key may; as many as there are unless told. */
  readonly slotsPerKey?: number;
  /** How many may wait at once. Beyond it the longest line loses whoever came last: nobody's many keep others from waiting. */
  readonly waiting?: number;
  /** For the refusal: what is waited for, as the subject of a sentence. */
  readonly name: string;
}

/** How much of something short is in use, and how many wait for it. */
export interface Occupancy {
  /** How many may hold it at once. */
  readonly slots: number;
  readonly inUse: number;
  readonly queued: number;
  /** How long all that have waited so far did, together: its rate is how many wait at a time. */
  readonly waitedMs: number;
  /** How many have been refused so far, at once or when their time was over. */
  readonly refused: number;
}

interface Waiting {
  readonly since: number;
  readonly resolve: (release: () => void) => void;
  readonly reject: (busy: Busy) => void;
  readonly timer: NodeJS.Timeout | undefined;
}

/** What one key holds and waits for; in the order of arrival. */
interface Line {
  held: number;
  readonly waiting: Set<Waiting>;
}

/**
 * Lets a bounded number of callers at something at once. The others wait in a line for each key, such as an account, and what becomes
 * free goes to the lines in turn: who sends a thousand requests waits behind himself alone.
 *
 * What nobody waits for costs no memory.
 */
export class FairSemaphore implements Occupancy {
  waitedMs = 0;
  refused = 0;
  private readonly lines = new Map<string, Line>();
  /** Keys that wait and may hold more, the next first. */
  private readonly turns = new Set<string>();
  private held = 0;
  private waiting = 0;

  constructor(private readonly options: FairSemaphoreOptions) {}

  get slots(): number {
    return this.options.slots;
  }

  get inUse(): number {
    return this.held;
  }

  get queued(): number {
    return this.waiting;
  }

  /**
   * Waits for a slot.
   *
   * @param maxWaitMs `Infinity` waits for ever
   * @returns gives it back; to be called once
   * @throws Busy when the time is over, or too many wait and none of the others more than the key
   */
  async acquire(key: string, maxWaitMs: number): Promise<() => void> {
    const line = this.lineOf(key);
    // Whoever may hold one and waits all the same has a turn: then nobody overtakes.
    if (this.held < this.options.slots && this.mayHoldMore(line) && line.waiting.size === 0)
      return this.grant(key, line);
    const { name, waiting: atOnce = Infinity } = this.options;
    if (maxWaitMs <= 0 || (this.waiting >= atOnce && !this.makeRoomFor(line))) {
      this.forgetIfEmpty(key, line);
      throw this.tooMuch();
    }
    return new Promise<() => void>((resolve, reject) => {
      const giveUp = (): void => {
        this.remove(key, line, waiting);
        this.refused++;
        reject(new Busy(`${name} had too much to do for ${Math.round(maxWaitMs)} ms.`));
      };
      const timer = maxWaitMs < Infinity ? setTimeout(giveUp, maxWaitMs) : undefined;
      const waiting = { since: performance.now(), resolve, reject, timer };
      line.waiting.add(waiting);
      this.waiting++;
      if (this.mayHoldMore(line)) this.turns.add(key);
    });
  }

  /** Refuses whoever came last to the longest line, if that is longer than the newcomer's will be. */
  private makeRoomFor(newcomers: Line): boolean {
    let [longestKey, longest] = ['', newcomers];
    for (const [key, line] of this.lines)
      if (line.waiting.size > longest.waiting.size) [longestKey, longest] = [key, line];
    if (longest.waiting.size <= newcomers.waiting.size + 1) return false;
    const last = [...longest.waiting].at(-1)!;
    this.remove(longestKey, longest, last);
    last.reject(this.tooMuch());
    return true;
  }

  private tooMuch(): Busy {
    this.refused++;
    return new Busy(`${this.options.name} has too much to do for the moment.`);
  }

  private remove(key: string, line: Line, waiting: Waiting): void {
    this.leave(line, waiting);
    if (line.waiting.size === 0) this.turns.delete(key);
    this.forgetIfEmpty(key, line);
  }

  private leave(line: Line, waiting: Waiting): void {
    clearTimeout(waiting.timer);
    line.waiting.delete(waiting);
    this.waiting--;
    this.waitedMs += performance.now() - waiting.since;
  }

  private lineOf(key: string): Line {
    let line = this.lines.get(key);
    if (!line) this.lines.set(key, (line = { held: 0, waiting: new Set() }));
    return line;
  }

  private mayHoldMore({ held }: Line): boolean {
    return held < (this.options.slotsPerKey ?? Infinity);
  }

  private grant(key: string, line: Line): () => void {
    this.held++;
    line.held++;
    return () => {
      this.held--;
      line.held--;
      if (line.waiting.size > 0) this.turns.add(key);
      else this.forgetIfEmpty(key, line);
      this.serve();
    };
  }

  /** Gives what is free to the lines in turn. */
  private serve(): void {
    while (this.held < this.options.slots) {
      const [key] = this.turns;
      if (key === undefined) return;
      const line = this.lines.get(key)!;
      const first: Waiting = line.waiting.values().next().value!;
      this.leave(line, first);
      this.turns.delete(key);
      const release = this.grant(key, line);
      if (line.waiting.size > 0 && this.mayHoldMore(line)) this.turns.add(key);
      first.resolve(release);
    }
  }

  private forgetIfEmpty(key: string, { held, waiting }: Line): void {
    if (held === 0 && waiting.size === 0) this.lines.delete(key);
  }
}
