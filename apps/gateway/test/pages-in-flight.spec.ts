import { describe, expect, it, jest } from '@jest/globals';
import { PagesInFlight } from '../src/http/pages-in-flight.js';

const MIB = 1024 * 1024;
/** Two pages of a hundred rows of which nothing is known. */
const MAX_BYTES = 8 * MIB;

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
    const [first, second] = await Promise.all([pages.enter('a', 'list', 100), pages.enter('a', 'list', 100)]);
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
    const [first] = await Promise.all([pages.enter('a', 'list', 100), pages.enter('a', 'list', 100)]);
    const third = pages.enter('a', 'list', 100);
    expect(await stateOf(third)).toBe('waiting');
    first.settle(1_000);
    await third;
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

  it('are refused when there is no room in time, and then no longer wait', async () => {
    jest.useFakeTimers();
    try {
      const pages = new PagesInFlight(MAX_BYTES);
      const places = await Promise.all([pages.enter('a', 'list', 100), pages.enter('a', 'list', 100)]);
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
