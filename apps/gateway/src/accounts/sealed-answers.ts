import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '@nexivo/bus/context';
import { Reply } from '@nexivo/bus/reply';
import { Idempotency } from '@nexivo/store/idempotency';
import type { EntityManager } from 'typeorm';
import { type Pepper, PEPPERS } from './token.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Idempotency for writes whose answers show a secret, such as a token or a link. The stored answer has it sealed (AES-256-GCM, bound to
 * account and key); it is opened when the answer is sent.
 */
@Injectable()
export class SealedAnswers {
  private readonly keys: readonly Buffer[];

  constructor(
    private readonly idempotency: Idempotency,
    @Inject(PEPPERS) peppers: readonly [Pepper, ...Pepper[]],
  ) {
    this.keys = peppers.map(({ key }) => Buffer.from(hkdfSync('sha256', key, '', 'sealed answers', 32)));
  }

  /**
   * Like `Idempotency.run`. A key belongs to whoever used it first: another principal gets the refusal of a key that was reused.
   *
   * @param subject of the write, with `input` what tells it from others
   * @param secret the member of the answer that is sealed, if any
   */
  async run<Body extends object>(
    context: RequestContext,
    subject: string,
    input: unknown,
    work: (tx: EntityManager) => Promise<Body>,
    secret?: keyof Body & string,
  ): Promise<Reply<Body>> {
    const bound = { input, principal: context.principal };
    const aad = `${context.accountId}\n${context.idempotencyKey}`;
    let shown: Body | undefined;
    const stored = await this.idempotency.run<Body>(context, { subject }, bound, async (tx) => {
      shown = await work(tx);
      return new Reply(secret ? { ...shown, [secret]: this.seal(String(shown[secret]), aad) } : shown);
    });
    if (shown && !stored.isReplay) return new Reply(shown);
    const body = stored.body;
    return new Reply(secret ? { ...body, [secret]: this.open(String(body[secret]), aad) } : body, stored);
  }

  private seal(text: string, aad: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.keys[0]!, iv).setAAD(Buffer.from(aad));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
  }

  private open(text: string, aad: string): string {
    const bytes = Buffer.from(text, 'base64');
    for (const key of this.keys) {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES))
        .setAAD(Buffer.from(aad))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        // Sealed with another key.
      }
    }
    throw new Error('a stored answer was sealed with a key that is no longer known');
  }
}
