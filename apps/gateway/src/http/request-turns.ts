/** For how long requests are begun in one turn of the event loop, in ms. */
const TURN_MS = 2;

/**
 * Begins requests at once, and where many come at a time, those of each sender in turn and only for some milliseconds in each turn of
 * the event loop. So whoever sends one request waits for one of each other sender, and answers, health and metrics do not wait until
 * a burst has been begun. Each request belongs to an open connection, which is what bounds how many can wait.
 */
export class RequestTurns {
  /** What waits, by sender; the sender whose turn it is comes first. */
  private readonly lines = new Map<unknown, (() => void)[]>();
  /** When the first request of this turn of the event loop was begun, by `performance.now()`. */
  private turnBegan: number | undefined;

  /**
   * @param sender requests of the same one wait for each other. Nobody has verified yet who it is: a burst of one may fall behind many that
   * were made up, each of which has to have a connection
   * @param begin must not throw
   */
  add(sender: unknown, begin: () => void): void {
    const now = performance.now();
    if (this.turnBegan === undefined) {
      this.turnBegan = now;
      setImmediate(this.endTurn);
    }
    if (this.lines.size === 0 && now - this.turnBegan < TURN_MS) {
      begin();
      return;
    }
    const line = this.lines.get(sender);
    if (line) line.push(begin);
    else this.lines.set(sender, [begin]);
  }

  private readonly endTurn = (): void => {
    if (this.lines.size === 0) {
      this.turnBegan = undefined;
      return;
    }
    this.turnBegan = performance.now();
    setImmediate(this.endTurn);
    void this.beginSome(this.turnBegan + TURN_MS);
  };

  private async beginSome(until: number): Promise<void> {
    for (const [sender, line] of this.lines) {
      const begin = line.shift()!;
      // Behind the others, which this loop comes to before it comes to the sender again.
      this.lines.delete(sender);
      if (line.length > 0) this.lines.set(sender, line);
      begin();
      // What it left to promises is part of what it costs.
      await Promise.resolve();
      if (performance.now() >= until) return;
    }
  }
}
