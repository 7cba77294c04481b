/** Lets one loop sleep until there is something to do. What is called before it sleeps is not lost. */
export class WakeUp {
  private isCalled = false;
  private wake: (() => void) | undefined;

  call(): void {
    this.isCalled = true;
    this.wake?.();
  }

  /** Until it is called, at once if it was already, at most so long. */
  async sleep(maxMs: number): Promise<void> {
    if (!this.isCalled) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        timer = setTimeout(resolve, maxMs);
      });
      clearTimeout(timer);
      this.wake = undefined;
    }
    this.isCalled = false;
  }
}
