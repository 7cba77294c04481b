import { describe, expect, it } from '@jest/globals';
import { Busy } from '@nexivo/bus/busy';
import { FairSemaphore } from '../src/fair-semaphore.js';

const FOR_EVER = Infinity;
/** Lets everything that is already decided come to its `then`. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Asks for a slot for each of the keys, and notes in which order they get one. */
async function queue(semaphore: FairSemaphore, keys: string): Promise<{ granted: string[]; releases: (() => void)[] }> {
  const granted: string[] = [];
  const releases: (() => void)[] = [];
  for (const key of keys) {
    const take = async (): Promise<void> => {
      releases.push(await semaphore.acquire(key, FOR_EVER));
      granted.push(key);
    };
    // Who is refused is not granted.
    take().catch(() => undefined);
  }
  await settled();
  return { granted, releases };
}

describe('a fair semaphore', () => {
  it('gives what becomes free to those who wait in turn, so that one who asks often is no obstacle to others', async () => {
    const semaphore = new FairSemaphore({ slots: 2, name: 'It' });
    const { granted, releases } = await queue(semaphore, 'aaaaaaaabbc');
    expect(granted.join('')).toBe('aa');
    for (let next = 0; next < 11; next++) {
      releases[next]!();
      await settled();
    }
    expect(granted.join('')).toBe('aaabcabaaaa');
  });

  it('lets nobody overtake who waits already', async () => {
    const semaphore = new FairSemaphore({ slots: 1, name: 'It' });
    const { granted, releases } = await queue(semaphore, 'ab');
    releases[0]!();
    const late = await queue(semaphore, 'c');
    expect([granted.join(''), late.granted.join('')]).toEqual(['ab', '']);
    releases[1]!();
    await settled();
    expect(late.granted).toEqual(['c']);
  });

  it('lets one key hold no more than its part, and leaves the rest free for others', async () => {
    const semaphore = new FairSemaphore({ slots: 3, slotsPerKey: 2, name: 'It' });
    const { granted, releases } = await queue(semaphore, 'aaaa');
    expect(granted).toHaveLength(2);
    const other = await queue(semaphore, 'b');
    expect(other.granted).toEqual(['b']);
    other.releases[0]!();
    await settled();
    expect(granted).toHaveLength(2);
    releases[0]!();
    await settled();
    expect(granted).toHaveLength(3);
  });

  it('refuses who has waited too long as busy, and serves those behind him', async () => {
    const semaphore = new FairSemaphore({ slots: 1, name: 'It' });
    const release = await semaphore.acquire('a', FOR_EVER);
    const impatient = semaphore.acquire('b', 5);
    const { granted } = await queue(semaphore, 'b');
    await expect(impatient).rejects.toMatchObject({ code: 'service_unavailable', retryAfterS: 1 });
    release();
    await settled();
    expect(granted).toEqual(['b']);
  });

  it('refuses who came last to the longest line when too many wait, and never one whose line is short', async () => {
    const semaphore = new FairSemaphore({ slots: 1, waiting: 4, name: 'It' });
    const { granted, releases } = await queue(semaphore, 'aaaa');
    const last = semaphore.acquire('a', FOR_EVER);
    last.catch(() => undefined);
    const others = await queue(semaphore, 'b');
    await expect(last).rejects.toMatchObject({ code: 'service_unavailable', retryAfterS: 1 });
    // Now three of one wait and one of another: the first has one too many again.
    const more = await queue(semaphore, 'c');
    await expect(semaphore.acquire('a', FOR_EVER)).rejects.toMatchObject({ code: 'service_unavailable' });
    for (let next = 0; next < 5; next++) {
      for (const line of [releases, others.releases, more.releases]) line.shift()?.();
      await settled();
    }
    expect([granted.join(''), others.granted.join(''), more.granted.join('')]).toEqual(['aaa', 'b', 'c']);
    (await semaphore.acquire('a', 0))();
  });

  it('refuses at once who has no time to wait, and who comes behind a line that is full', async () => {
    const semaphore = new FairSemaphore({ slots: 1, waiting: 2, name: 'It' });
    const { granted, releases } = await queue(semaphore, 'aaa');
    await expect(semaphore.acquire('a', FOR_EVER)).rejects.toMatchObject({ code: 'service_unavailable' });
    await expect(semaphore.acquire('b', 0)).rejects.toMatchObject({ code: 'service_unavailable' });
    for (const next of [0, 1, 2]) {
      releases[next]!();
      await settled();
    }
    expect(granted).toHaveLength(3);
    (await semaphore.acquire('a', 0))();
  });

  it('knows how much is in use, who waits, for how long all that waited did, and who was refused', async () => {
    const semaphore = new FairSemaphore({ slots: 1, waiting: 1, name: 'It' });
    const { releases } = await queue(semaphore, 'ab');
    expect(semaphore).toMatchObject({ slots: 1, inUse: 1, queued: 1, waitedMs: 0, refused: 0 });
    await expect(semaphore.acquire('b', 1_000)).rejects.toThrow(Busy);
    expect(semaphore).toMatchObject({ queued: 1, refused: 1 });
    releases[0]!();
    await settled();
    expect(semaphore).toMatchObject({ inUse: 1, queued: 0, refused: 1 });
    expect(semaphore.waitedMs).toBeGreaterThan(0);
    await expect(semaphore.acquire('c', 1)).rejects.toThrow(Busy);
    expect(semaphore).toMatchObject({ queued: 0, refused: 2 });
  });
});
