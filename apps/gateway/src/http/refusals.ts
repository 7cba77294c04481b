/**
 * Answers refusals behind everything else: one per turn of the event loop. However many arrive at once, whoever is let in
 * waits for one of them at most. Each belongs to an open connection, which is what bounds how many can wait.
 */
export class Refusals {
  private readonly waiting: (() => void)[] = [];

  add(answer: () => void): void {
    if (this.waiting.push(answer) === 1) setImmediate(this.answerNext);
  }

  private readonly answerNext = (): void => {
    this.waiting[0]!();
    this.waiting.shift();
    if (this.waiting.length > 0) setImmediate(this.answerNext);
  };
}
