import { describe, expect, it, jest } from '@jest/globals';
import { PagesInFlight, type PlaceInFlight } from '../src/http/pages-in-flight.js';

const MIB = 1024 * 1024;
/** Two pages of a hundred rows of which nothing is known. */
const MAX_BYTES = 8 * MIB;

/** Has room for a page, which is there and has the size that was expected. */
async function made(pages: PagesInFlight, accountId = 'a'): Promise<PlaceInFlight> {
  const place = await pages.enter(accountId, 'list', 100);
  place.settle(4_000_000);
  return place;
}

/** What has become of a promise by now. */
async function stateOf(promise: Promise<unknown>): Promise<'waiting' | 'done' | 'failed'> {
  let state: 'waiting' | 'done' | 'failed' = 'waiting';
  promise.then(
    () => (state = 'done'),
    () => (state = 'failed'),
  );
  await new Promise(setImmediate);
  return state;
}

describe('pages on their way to an account', () => {
  it('wait for room, in their order, and not for those of others', async () => {
    const pages = new PagesInFlight(MAX_BYTES);
    const [first, second] = [await made(pages), await made(pages)];
    const third = pages.enter('a', 'list', 100);
    const small = pages.enter('a', 'list', 1);
    expect([await stateOf(third), await stateOf(small)]).toEqual(['waiting', 'waiting']);
    expect(await stateOf(pages.enter('b', 'list', 100))).toBe('done');
    first.release();
    const last = await third;
    second.release();
    last.release();
    (await small).release();
  });

  it('need the room that earlier ones of the list have needed', async () => {
    const pages = new PagesInFlight(MAX_BYTES);
    const first = await pages.enter('a', 'list', 100);
    first.settle(100 * 1024);
    const others = await Promise.all(Array.from({ length: 50 }, () => pages.enter('a', 'list', 100)));
    expect(await stateOf(pages.enter('a', 'another list', 100))).toBe('waiting');
    for (const each of [first, ...others]) each.release();
  });

  it('make room for those that wait as soon as they turn out to be small', async () => {
    const pages = new PagesInFlight(MAX_BYTES);
    await made(pages);
    const second = await pages.enter('a', 'list', 100);
    const third = pages.enter('a', 'list', 100);
    expect(await stateOf(third)).toBe('waiting');
    second.settle(1_000);
    await third;
  });

  it('are made one after the other where they are large, and small ones and those of others beside them', async () => {
    const pages = new PagesInFlight(10 * MAX_BYTES);
    const small = await pages.enter('a', 'small', 100);
    small.settle(1_000);
    small.release();
    const first = await pages.enter('a', 'list', 100);
    const [second, third] = [pages.enter('a', 'list', 100), pages.enter('a', 'list', 100)];
    expect(await stateOf(second)).toBe('waiting');
    expect(await stateOf(pages.enter('a', 'small', 100))).toBe('done');
    expect(await stateOf(pages.enter('b', 'list', 100))).toBe('done');
    first.settle(4 * MIB);
    await second;
    expect(await stateOf(third)).toBe('waiting');
    // A page that failed is never there.
    (await second).release();
    await third;
    first.release();
    (await third).release();
  });

  it('are refused where they are much larger than was known, unless there is no other', async () => {
    const pages = new PagesInFlight(MAX_BYTES);
    const first = await pages.enter('a', 'list', 100);
    first.settle(1_000);
    first.release();
    const many = await Promise.all(Array.from({ length: 40 }, () => pages.enter('a', 'list', 100)));
    const kept = many.filter((place) => {
      try {
        place.settle(4 * MIB);
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: 'service_unavailable', retryAfterS: 1 });
        return false;
      }
    });
    expect(kept).toHaveLength(3);
    for (const place of many) place.release();
    const alone = await pages.enter('a', 'list', 100);
    alone.settle(100 * MIB);
  });

  it('are refused when a large one before them is not made in time, and leave their room', async () => {
    jest.useFakeTimers();
    try {
      const pages = new PagesInFlight(MAX_BYTES);
      const first = await pages.enter('a', 'list', 100);
      const second = pages.enter('a', 'list', 100);
      const refused = expect(second).rejects.toMatchObject({
        code: 'service_unavailable',
        retryAfterS: 1,
        message: expect.stringContaining('ask for smaller ones'),
      });
      await jest.advanceTimersByTimeAsync(10_000);
      await refused;
      first.settle(4_000_000);
      await pages.enter('a', 'list', 100);
    } finally {
      jest.useRealTimers();
    }
  });

  it('are refused when there is no room in time, and then no longer wait', async () => {
    jest.useFakeTimers();
    try {
      const pages = new PagesInFlight(MAX_BYTES);
      const places = [await made(pages), await made(pages)];
      const third = pages.enter('a', 'list', 100);
      const refused = expect(third).rejects.toMatchObject({ code: 'service_unavailable', retryAfterS: 1 });
      await jest.advanceTimersByTimeAsync(10_000);
      await refused;
      for (const place of places) place.release();
      await pages.enter('a', 'list', 100);
    } finally {
      jest.useRealTimers();
    }
  });
});
