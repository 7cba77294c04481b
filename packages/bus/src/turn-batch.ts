/**
 * Lets what is sent in one turn of the event loop go out in one write to the bus: the first at once, so that whoever is alone does not
 * wait, the others together at the end of the turn. A write wakes the server and, through it, whoever is addressed, which is most of what a
 * small message costs; and a service reads with one statement what is asked of it together.
 */
export class TurnBatch {
  private endOfTurn: Promise<void> | undefined;

  /** @returns nothing to the first of a turn, which goes on at once */
  join(): Promise<void> | undefined {
    if (this.endOfTurn) return this.endOfTurn;
    this.endOfTurn = new Promise((resolve) => {
      setImmediate(() => {
        this.endOfTurn = undefined;
        resolve();
      });
    });
    return undefined;
  }
}
