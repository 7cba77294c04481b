import { Busy } from '@nexivo/bus/busy';

/** How much a {@link FairSemaphore} gives out. */
interface FairSemaphoreOptions {
  /** How many may hold it at once. */
  readonly slots: number;
  /** How many of one key may; as many as there are unless told. */
  readonly slotsPerKey?: number;
  /** How many of one key may wait; who comes on top is refused at once. */
  readonly waitingPerKey?: number;
  /** For the refusal: what is waited for, as the subject of a sentence. */
  readonly name: string;
}

interface Waiting {
  readonly resolve: (release: () => void) => void;
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
export class FairSemaphore {
  private readonly lines = new Map<string, Line>();
  /** Keys that wait and may hold more, the next first. */
  private readonly turns = new Set<string>();
  private held = 0;

  constructor(private readonly options: FairSemaphoreOptions) {}

  /**
   * Waits for a slot.
   *
   * @param maxWaitMs `Infinity` waits for ever
   * @returns gives it back; to be called once
   * @throws Busy when the time is over, or too many of the key wait already
   */
  async acquire(key: string, maxWaitMs: number): Promise<() => void> {
    const line = this.lineOf(key);
    // Whoever may hold one and waits all the same has a turn: then nobody overtakes.
    if (this.held < this.options.slots && this.mayHoldMore(line) && line.waiting.size === 0)
      return this.grant(key, line);
    const { name, waitingPerKey = Infinity } = this.options;
    if (maxWaitMs <= 0 || line.waiting.size >= waitingPerKey) {
      this.forgetIfEmpty(key, line);
      throw new Busy(`${name} has too much to do for the moment.`);
    }
    return new Promise<() => void>((resolve, reject) => {
      const giveUp = (): void => {
        line.waiting.delete(waiting);
        if (line.waiting.size === 0) this.turns.delete(key);
        this.forgetIfEmpty(key, line);
        reject(new Busy(`${name} had too much to do for ${Math.round(maxWaitMs)} ms.`));
      };
      const waiting = { resolve, timer: maxWaitMs < Infinity ? setTimeout(giveUp, maxWaitMs) : undefined };
      line.waiting.add(waiting);
      if (this.mayHoldMore(line)) this.turns.add(key);
    });
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
      clearTimeout(first.timer);
      line.waiting.delete(first);
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
