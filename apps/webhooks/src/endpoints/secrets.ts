import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';

/** Injection token of the keys, the one that encrypts first. */
export const SECRET_KEYS = Symbol('secret keys');

/** A key under which secrets are kept. */
interface SecretKey {
  readonly id: string;
  readonly key: Buffer;
}
export type SecretKeys = readonly [SecretKey, ...SecretKey[]];

/** A secret as the database keeps it. */
export interface Sealed {
  readonly keyId: string;
  /** Nonce, authentication tag and ciphertext, one after the other. */
  readonly sealed: Buffer;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SECRET_BYTES = 32;

/** Reads keys such as `2:base64,1:base64`, in that order. Nothing if the value is malformed. */
export function parseSecretKeys(value: string): SecretKeys | undefined {
  const keys = value.split(',').map((part) => {
    const [, id = '', key = ''] = /^\s*(\w{1,20}):([A-Za-z0-9+/]+={0,2})\s*$/.exec(part) ?? [];
    return { id, key: Buffer.from(key, 'base64') };
  });
  const isSound = keys.every(({ key }) => key.length === KEY_BYTES);
  const isDistinct = new Set(keys.map(({ id }) => id)).size === keys.length;
  const [first, ...others] = keys;
  return isSound && isDistinct && first ? [first, ...others] : undefined;
}

/** A new signing secret in the form of Standard Webhooks: `whsec_` and the base64 of 32 random bytes. */
export const generateSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;

/** The additional authenticated data of a webhook's secret: what is sealed for one webhook opens for no other. */
export const aadOf = (webhook: { account_id: string; id: string }): string => `${webhook.account_id}/${webhook.id}`;

/**
 * Keeps signing secrets encrypted at rest: AES-256-GCM (NIST SP 800-38D) with a random nonce for each. Unlike an API token a
 * signing secret has to be read again, so a digest is not enough.
 */
@Injectable()
export class Secrets {
  constructor(@Inject(SECRET_KEYS) private readonly keys: SecretKeys) {}

  /** @param aad see {@link aadOf} */
  seal(plain: string, aad: string): Sealed {
    const [{ id, key }] = this.keys;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(aad));
    const ciphertext = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return { keyId: id, sealed: Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]) };
  }

  /** Whether what is sealed under a key can be opened. */
  knows(keyId: string): boolean {
    return this.keys.some(({ id }) => id === keyId);
  }

  /** @throws Error when the key is no longer known, or what is given was not sealed with it for this `aad` */
  open(keyId: string, sealed: Buffer, aad: string): string {
    const known = this.keys.find(({ id }) => id === keyId);
    if (!known) throw new Error(`WEBHOOK_SECRET_KEYS lacks the key ${keyId}, under which secrets are still kept`);
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', known.key, nonce, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(aad))
      .setAuthTag(tag);
    const ciphertext = sealed.subarray(NONCE_BYTES + TAG_BYTES);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
  }
}
