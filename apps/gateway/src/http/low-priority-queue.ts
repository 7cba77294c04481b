/**
 * Does what may wait behind everything else: one piece of work per turn of the event loop. However much is waiting, whoever is let in
 * waits for one piece at most. Refusals are such work, and closing connections. Each piece belongs to an open connection, which is
 * what bounds how many can wait.
 */
export class LowPriorityQueue {
  private waiting: (() => void)[] = [];
  private next = 0;

  add(work: () => void): void {
    if (this.waiting.push(work) === 1) setImmediate(this.doNext);
  }

  /** Resolves when it is the caller's turn. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.add(resolve);
    });
  }

  private readonly doNext = (): void => {
    const work = this.waiting[this.next++]!;
    if (this.next < this.waiting.length) setImmediate(this.doNext);
    // Under a flood it never comes to its end: what is done is forgotten on the way, too.
    if (2 * this.next >= this.waiting.length) {
      this.waiting = this.waiting.slice(this.next);
      this.next = 0;
    }
    work();
  };
}
