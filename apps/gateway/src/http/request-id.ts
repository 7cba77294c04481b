import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const BYTES = 16;
const stock = new Uint8Array(256 * BYTES);
let used = stock.length;

/** Random bytes are fetched for many ids at once: for each alone that is most of what it costs. */
function rng(): Uint8Array {
  if (used === stock.length) {
    randomFillSync(stock);
    used = 0;
  }
  return stock.subarray(used, (used += BYTES));
}

/** The id of a request whose caller gave none: a UUID of version 7 (RFC 9562). */
export const newRequestId = (): string => uuidv7({ rng });
