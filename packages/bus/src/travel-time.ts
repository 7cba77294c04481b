/** What is remembered of a sender. */
interface Sender {
  /** The smallest differences of this window and of the one before it, ms. */
  smallest: number;
  smallestBefore: number;
  windowEndsAt: number;
}

/** So long, or twice as long, the fastest message is remembered: longer than a jam takes to clear once it is noticed. */
const WINDOW_MS = 5_000;
const REMEMBERED_SENDERS = 1_000;

/**
 * Tells how long a message was on its way, without comparing clocks of two machines: each message carries its sender's monotonic clock,
 * and the smallest difference to ours within the last seconds of messages is taken for a journey without waiting (the base delay of RFC 6817). What a
 * message took more than that, it lay somewhere: in a process that was stopped, a bus that was busy, a socket that nobody read.
 *
 * Monotonic clocks run on whatever is done to the time of day, so a clock that is set delays and ends nothing. One that stood still, of a
 * machine that was suspended, makes messages look late for ten seconds at most.
 */
export class TravelTime {
  private readonly senders = new Map<string, Sender>();

  /**
   * @param sender tells the monotonic clocks of processes apart
   * @param sentAt by the sender's monotonic clock, ms
   * @param now by ours, ms
   * @returns how much longer than usual the message was on its way, ms
   */
  excess(sender: string, sentAt: number, now = performance.now()): number {
    const difference = now - sentAt;
    const known = this.senders.get(sender);
    if (!known) {
      if (this.senders.size >= REMEMBERED_SENDERS) this.senders.delete(this.senders.keys().next().value!);
      const windowEndsAt = now + WINDOW_MS;
      this.senders.set(sender, { smallest: difference, smallestBefore: difference, windowEndsAt });
      return 0;
    }
    if (now >= known.windowEndsAt) {
      known.smallestBefore = known.smallest;
      known.smallest = difference;
      known.windowEndsAt = now + WINDOW_MS;
    }
    known.smallest = Math.min(known.smallest, difference);
    return difference - Math.min(known.smallest, known.smallestBefore);
  }
}
