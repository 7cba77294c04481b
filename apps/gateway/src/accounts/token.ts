import { createHmac, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * API tokens: `nxv_live_`, 30 random base62 characters (178 bits), 6 characters of checksum. The checksum refuses
 * junk and typing errors without looking anything up; it proves nothing.
 */
const PREFIX = 'nxv_live_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 30;
const FORMAT = /^nxv_live_[0-9A-Za-z]{36}$/;

/** A new token from the operating system's random source. */
export function generateToken(): string {
  let random = '';
  for (let i = 0; i < RANDOM_LENGTH; i++) random += ALPHABET[randomInt(ALPHABET.length)];
  return PREFIX + random + checksumOf(random);
}

/** Whether a string could be a token at all; needs no I/O. */
export function isWellFormedToken(token: string): boolean {
  if (!FORMAT.test(token)) return false;
  const random = token.slice(PREFIX.length, PREFIX.length + RANDOM_LENGTH);
  return token.slice(PREFIX.length + RANDOM_LENGTH) === checksumOf(random);
}

/** The beginning of a token, for people: four of its random characters leave 154 bits to guess. */
export const prefixOf = (token: string): string => token.slice(0, PREFIX.length + 4);

/** CRC-32 of the random part in base62, six characters. */
function checksumOf(random: string): string {
  let rest = crc32(random);
  let digits = '';
  for (let i = 0; i < 6; i++) {
    digits = ALPHABET[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** Injection token of the peppers, newest first. */
export const PEPPERS = Symbol('peppers');

/** A server-side key of the digests at rest. */
export interface Pepper {
  readonly version: number;
  readonly key: Buffer;
}

const MIN_PEPPER_BYTES = 32;

/** Reads `2:base64,1:base64`, newest (highest version) first in the result; nothing if it does not fit. */
export function parsePeppers(value: string): [Pepper, ...Pepper[]] | undefined {
  const peppers = value.split(',').map((part) => {
    const [, version, key] = /^\s*(\d{1,5}):([A-Za-z0-9+/]+={0,2})\s*$/.exec(part) ?? [];
    return { version: Number(version), key: Buffer.from(key ?? '', 'base64') };
  });
  const isSound = peppers.every(({ key }) => key.length >= MIN_PEPPER_BYTES);
  const isDistinct = new Set(peppers.map(({ version }) => version)).size === peppers.length;
  const [newest, ...older] = peppers.toSorted((a, b) => b.version - a.version);
  return isSound && isDistinct && newest ? [newest, ...older] : undefined;
}

/** What is kept of a token: HMAC-SHA256 under a pepper, so that a stolen table alone opens nothing. */
export const digestOf = (token: string, pepper: Pepper): Buffer =>
  createHmac('sha256', pepper.key).update(token).digest();
