import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const BYTES = 16;
const stock = new Uint8Array(256 * BYTES);
let used = stock.length;

/** Random bytes are fetched for many ids at once: for each alone that is most of what it costs. */
function randomBytes(): Uint8Array {
  if (used === stock.length) {
    randomFillSync(stock);
    used = 0;
  }
  return stock.subarray(used, (used += BYTES));
}

/** By how much ids may be ahead of the clock: so far they go on ascending when it is set back. */
const MOST_AHEAD_MS = 1_000;

/** Makes ids that ascend; tests give it a clock. */
export class IdMaker {
  private msecs = -Infinity;
  private seq = 0;

  constructor(private readonly now: () => number = () => Date.now()) {}

  /**
   * A UUID of version 7 (RFC 9562): later than the one before, as long as the clock is not set back. Then ids return to the present with it: those
   * of the package `uuid` would stay in a wrong future until the process ends.
   */
  next(): string {
    const now = this.now();
    const random = randomBytes();
    if (now > this.msecs || now < this.msecs - MOST_AHEAD_MS) {
      this.msecs = now;
      // Its highest bit is free to count into.
      this.seq = new DataView(random.buffer, random.byteOffset).getUint32(0) & 0x7fffffff;
    } else this.seq++;
    return uuidv7({ msecs: this.msecs, seq: this.seq, random });
  }
}

const ids = new IdMaker();

/** The id of something new: a row, an event, a request. See {@link IdMaker.next}. */
export const newId = (): string => ids.next();
