/**
 * A stream of pseudo-random numbers: sfc32 of PractRand, small, fast and good enough for data that only has to look real.
 * The same seed gives the same stream on every machine.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** @param seed three numbers of 32 bits */
  constructor([a, b, c]: readonly [number, number, number]) {
    this.a = a | 0;
    this.b = b | 0;
    this.c = c | 0;
    // Seeds that differ in a bit give streams that have nothing in common only after some rounds.
    for (let round = 0; round < 15; round++) this.bits();
  }

  /** 32 bits, as a whole number from 0. */
  bits(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** From 0 and below 1. */
  fraction(): number {
    return this.bits() / 2 ** 32;
  }

  /** A whole number from 0 and below `end`. */
  below(end: number): number {
    return Math.floor(this.fraction() * end);
  }

  /** A whole number from `min` to `max`. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  /** True so often. */
  chance(share: number): boolean {
    return this.fraction() < share;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  /** As {@link pick}, but earlier ones more often: half of the time one of the first third or so. */
  pickEarly<Item>(items: readonly Item[]): Item {
    return items[Math.floor(items.length * this.fraction() ** 1.8)]!;
  }

  /** A waiting time with that mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.fraction());
  }

  /** Of the normal distribution with mean 0 and deviation 1 (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.fraction())) * Math.cos(2 * Math.PI * this.fraction());
  }
}

/** Makes a function that picks each item as often as its weight says. */
export function weighted<Item>(items: readonly { item: Item; weight: number }[]): (random: Random) => Item {
  let sum = 0;
  const ends = items.map(({ weight }) => (sum += weight));
  return (random) => {
    const at = random.fraction() * sum;
    return items[ends.findIndex((end) => at < end)]!.item;
  };
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** A UUIDv7 (RFC 9562) of that time, in milliseconds since 1970. */
export function uuidAt(ms: number, random: Random): string {
  const time = hex(ms, 12);
  const [high, middle, low] = [random.bits(), random.bits(), random.bits()];
  const variant = hex(0x8000 | (middle & 0x3fff), 4);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(high & 0xfff, 3)}-${variant}-${hex(middle >>> 16, 4)}${hex(low, 8)}`;
}
