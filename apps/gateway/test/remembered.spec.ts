import { expect, it } from '@jest/globals';
import { Remembered } from '../src/auth/remembered.js';

interface Known {
  readonly askedAt: number;
  readonly about: readonly string[];
}

const FRESH_MS = 60_000;
const about = (...subjects: string[]): Known => ({ askedAt: performance.now(), about: subjects });
const start = (): Remembered<Known> => new Remembered(FRESH_MS, FRESH_MS, (known) => known.about);
const tell = (remembered: Remembered<Known>, key: string, ...subjects: string[]): Promise<Known> =>
  remembered.ask(key, () => Promise.resolve(about(...subjects)));

it('forgets what is about a subject, and nothing else', async () => {
  const remembered = start();
  await tell(remembered, 'a', 'account 1', 'user 1');
  await tell(remembered, 'b', 'account 1');
  await tell(remembered, 'c', 'account 2', 'user 1');
  remembered.forget('account 1');
  expect(['a', 'b', 'c'].map((key) => remembered.get(key) !== undefined)).toEqual([false, false, true]);
  remembered.forget('user 1');
  expect(remembered.size).toBe(0);
});

it('forgets by what a key says now, not by what it said before', async () => {
  const remembered = start();
  await tell(remembered, 'a', 'account 1');
  await tell(remembered, 'a', 'account 2');
  remembered.forget('account 1');
  expect(remembered.get('a')).toBeDefined();
  remembered.forget('account 2');
  expect(remembered.get('a')).toBeUndefined();
});

it('walks over no others: a change costs the same beside 20,000 as alone', async () => {
  const remembered = start();
  let looked = 0;
  const values = Array.from({ length: 20_000 }, (_, n): Known => {
    const known = about(`account ${n}`);
    return Object.defineProperty({ ...known }, 'about', {
      get: () => {
        looked++;
        return known.about;
      },
    });
  });
  for (const [n, value] of values.entries()) await remembered.ask(`${n}`, () => Promise.resolve(value));
  looked = 0;
  for (let n = 0; n < 100; n++) remembered.forget(`account ${n}`);
  expect(remembered.size).toBe(values.length - 100);
  expect(looked).toBeLessThanOrEqual(200);
});

it('does not remember what was asked before it was forgotten, and remembers of others what was asked meanwhile', async () => {
  const remembered = start();
  const [stale, other] = [Promise.withResolvers<Known>(), Promise.withResolvers<Known>()];
  const asked = [remembered.ask('a', () => stale.promise), remembered.ask('b', () => other.promise)];
  remembered.forget('account 1');
  stale.resolve(about('account 1'));
  other.resolve(about('account 2'));
  await Promise.all(asked);
  expect(remembered.get('a')).toBeUndefined();
  expect(remembered.get('b')).toBeDefined();
  // Nor does whoever asks after it share an answer from before it.
  const late = Promise.withResolvers<Known>();
  const first = remembered.ask('c', () => late.promise);
  remembered.forget('account 3');
  const second = tell(remembered, 'c', 'account 3');
  late.resolve(about('account 3'));
  expect(await second).not.toBe(await first);
});

it('remembers nothing that was asked before all was forgotten, and all that is asked after', async () => {
  const remembered = start();
  const before = Promise.withResolvers<Known>();
  const asked = remembered.ask('a', () => before.promise);
  remembered.forgetAll();
  const after = tell(remembered, 'b', 'account 1');
  before.resolve(about('account 1'));
  await Promise.all([asked, after]);
  expect([remembered.get('a'), remembered.get('b')].map((known) => known !== undefined)).toEqual([false, true]);
});

it('forgets too much rather than too little when more changes than it can note', async () => {
  const remembered = start();
  const value = Promise.withResolvers<Known>();
  const asked = remembered.ask('a', () => value.promise);
  for (let n = 0; n <= 10_000; n++) remembered.forget(`account ${n}`);
  value.resolve(about('account 0'));
  await asked;
  expect(remembered.get('a')).toBeUndefined();
});
