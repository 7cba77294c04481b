import { createHash, randomBytes } from 'node:crypto';

/** What a cookie or a link carries: 256 bits from the operating system's random source. */
export const generateSecret = (): string => randomBytes(32).toString('base64url');

/** What is kept of it. It cannot be guessed, so neither salt nor pepper is needed. */
export const secretDigest = (secret: string): Buffer => createHash('sha256').update(secret).digest();
