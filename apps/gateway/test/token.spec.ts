import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digestOf, generateToken, isWellFormedToken, parsePeppers, type Pepper } from '../src/accounts/token.js';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const TOKENS = Array.from({ length: 200 }, generateToken);

describe('a new token', () => {
  it('has the format that is published, and passes its own check', () => {
    for (const token of TOKENS) {
      expect(token).toMatch(/^nxv_live_[0-9A-Za-z]{36}$/);
      expect(isWellFormedToken(token)).toBe(true);
    }
  });

  it('is another one each time, and uses the whole alphabet', () => {
    expect(new Set(TOKENS).size).toBe(TOKENS.length);
    const used = new Set(TOKENS.map((token) => token.slice('nxv_live_'.length, -6)).join(''));
    expect([...used].toSorted().join('')).toBe([...BASE62].toSorted().join(''));
  });
});

describe('a string that is no token', () => {
  const token = fc.constantFrom(...TOKENS);
  const position = fc.nat({ max: TOKENS[0]!.length - 1 });

  it('is refused when a single character is another', () => {
    const character = fc.oneof(fc.constantFrom(...BASE62), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }));
    fc.assert(
      fc.property(token, position, character, (valid, at, other) => {
        fc.pre(other !== valid[at]);
        expect(isWellFormedToken(valid.slice(0, at) + other + valid.slice(at + 1))).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused when two neighbours have changed places, or one is missing or twice there', () => {
    fc.assert(
      fc.property(token, position, (valid, at) => {
        const rest = valid.slice(at + 2);
        const swapped = valid.slice(0, at) + (valid[at + 1] ?? '') + valid[at]! + rest;
        fc.pre(swapped !== valid);
        expect(isWellFormedToken(swapped)).toBe(false);
        expect(isWellFormedToken(valid.slice(0, at) + valid.slice(at + 1))).toBe(false);
        expect(isWellFormedToken(valid.slice(0, at) + valid[at]! + valid.slice(at))).toBe(false);
      }),
    );
  });

  it.each([
    '',
    'nxv_live_',
    ' ',
    'null',
    `${TOKENS[0]} `,
    `${TOKENS[0]}\n`,
    TOKENS[0]!.replace('live', 'test'),
    'x'.repeat(100_000),
  ])('is refused: %#', (value) => {
    expect(isWellFormedToken(value)).toBe(false);
  });
});

const key = (fill: number, bytes = 32): string => Buffer.alloc(bytes, fill).toString('base64');

describe('peppers', () => {
  it('are read newest first, in whatever order and with spaces around them', () => {
    expect(parsePeppers(` 2:${key(2)} , 10:${key(10)},1:${key(1)}`)?.map(({ version }) => version)).toEqual([10, 2, 1]);
  });

  it('keep every byte of their key', () => {
    const bytes = randomBytes(64);
    expect(parsePeppers(`1:${bytes.toString('base64')}`)).toEqual([{ version: 1, key: bytes }]);
  });

  it.each([
    ['nothing', ''],
    ['no version', key(1)],
    ['a key that is too short', `1:${key(1, 31)}`],
    ['a key that is too short among others', `1:${key(1)},2:${key(2, 31)}`],
    ['a version twice', `1:${key(1)},1:${key(2)}`],
    ['a version that is no number', `one:${key(1)}`],
    ['a key that is no base64', `1:${'$'.repeat(44)}`],
    ['a comma too many', `1:${key(1)},`],
  ])('are refused for %s', (_, value) => {
    expect(parsePeppers(value)).toBeUndefined();
  });
});

const pepper = (fill: number): Pepper => ({ version: 1, key: Buffer.alloc(32, fill) });

describe('the digest of a token', () => {
  it('is the same each time, 256 bits long, and holds nothing of the token', () => {
    const [token] = TOKENS as [string];
    const digest = digestOf(token, pepper(1));
    expect(digest).toEqual(digestOf(token, pepper(1)));
    expect(digest).toHaveLength(32);
    expect(digest.includes(token.slice(0, 4))).toBe(false);
  });

  it('is another for another pepper, and for another token', () => {
    const [first, second] = TOKENS as [string, string];
    const digests = [digestOf(first, pepper(1)), digestOf(first, pepper(2)), digestOf(second, pepper(1))];
    expect(new Set(digests.map((digest) => digest.toString('hex'))).size).toBe(3);
  });
});
