import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { aadOf, generateSecret, parseSecretKeys, Secrets } from '../src/endpoints/secrets.js';

const key = (): string => randomBytes(32).toString('base64');
const keysOf = (...pairs: string[]) => parseSecretKeys(pairs.join(','))!;
const OWNER = aadOf({ account_id: 'a', id: 'w' });

describe('WEBHOOK_SECRET_KEYS', () => {
  it('are read in their order, with spaces around them', () => {
    expect(parseSecretKeys(`2:${key()} , 1:${key()}`)?.map(({ id }) => id)).toEqual(['2', '1']);
  });

  it.each([
    '',
    '1',
    `1:${randomBytes(31).toString('base64')}`,
    `1:${randomBytes(33).toString('base64')}`,
    `:${key()}`,
    `1:${key()},`,
    `1:${key()},1:${key()}`,
    `a b:${key()}`,
    `1:${'*'.repeat(44)}`,
  ])('%s is refused', (value) => {
    expect(parseSecretKeys(value)).toBeUndefined();
  });
});

describe('a sealed secret', () => {
  it('opens to what it was, never looks the same twice, and holds nothing of it', () => {
    const secrets = new Secrets(keysOf(`1:${key()}`));
    const plain = generateSecret();
    const [first, second] = [secrets.seal(plain, OWNER), secrets.seal(plain, OWNER)];
    expect(secrets.open(first.keyId, first.sealed, OWNER)).toBe(plain);
    expect(first.sealed.equals(second.sealed)).toBe(false);
    expect(first.sealed.includes(plain.slice(6, 20))).toBe(false);
  });

  it('is sealed under the first key, and opens under any', () => {
    const old = `1:${key()}`;
    const sealed = new Secrets(keysOf(old)).seal('x', OWNER);
    const both = new Secrets(keysOf(`2:${key()}`, old));
    expect(both.open(sealed.keyId, sealed.sealed, OWNER)).toBe('x');
    expect(both.seal('x', OWNER).keyId).toBe('2');
  });

  it('does not open without its key, and the error names the key that is missing', () => {
    const { keyId, sealed } = new Secrets(keysOf(`1:${key()}`)).seal('x', OWNER);
    expect(() => new Secrets(keysOf(`2:${key()}`)).open(keyId, sealed, OWNER)).toThrow(/lacks the key 1/);
    expect(() => new Secrets(keysOf(`1:${key()}`)).open(keyId, sealed, OWNER)).toThrow();
  });

  it('does not open for another webhook, nor for the same id in another account', () => {
    const secrets = new Secrets(keysOf(`1:${key()}`));
    const { keyId, sealed } = secrets.seal('x', OWNER);
    for (const other of [
      { account_id: 'a', id: 'v' },
      { account_id: 'b', id: 'w' },
    ]) {
      expect(() => secrets.open(keyId, sealed, aadOf(other))).toThrow();
    }
  });

  it('does not open once a single bit of it was changed or a part cut off', () => {
    const secrets = new Secrets(keysOf(`1:${key()}`));
    const { keyId, sealed } = secrets.seal('secret', OWNER);
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index]! ^= 1;
      expect(() => secrets.open(keyId, changed, OWNER)).toThrow();
      expect(() => secrets.open(keyId, sealed.subarray(0, index), OWNER)).toThrow();
    }
  });
});

it('generated secrets are whsec_ and 32 bytes, and never alike', () => {
  const secrets = Array.from({ length: 1_000 }, generateSecret);
  expect(new Set(secrets).size).toBe(1_000);
  for (const secret of secrets) expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
});
