import { Injectable } from '@nestjs/common';
import type { Command } from '@nexivo/contracts/command';
import type { WebhookWithSecret } from '@nexivo/contracts/webhooks';
import type { RequestContext } from '@nexivo/bus/context';
import { Idempotency } from '@nexivo/store/idempotency';
import { Reply } from '@nexivo/bus/reply';
import type { EntityManager } from 'typeorm';
import { aadOf, generateSecret, Secrets } from './secrets.js';
import { readStanding, type Standing } from './standing.js';
import { toWebhook, type WebhookEntity } from './webhook.entity.js';

type PreviousSecret = Pick<WebhookEntity, 'previous_secret_key_id' | 'previous_secret' | 'previous_secret_until'>;

/** The columns of a webhook whose secret has not been replaced lately. */
export const NO_PREVIOUS_SECRET: PreviousSecret = {
  previous_secret_key_id: null,
  previous_secret: null,
  previous_secret_until: null,
};

/**
 * Idempotency for writes whose answers show a secret. The stored answer has the secret sealed; it is opened when the answer is
 * sent.
 */
@Injectable()
export class SealedAnswers {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly secrets: Secrets,
  ) {}

  /** The columns of a new secret. */
  newSecret(webhook: { account_id: string; id: string }): Pick<WebhookEntity, 'secret_key_id' | 'secret'> {
    const { keyId, sealed } = this.secrets.seal(generateSecret(), aadOf(webhook));
    return { secret_key_id: keyId, secret: sealed };
  }

  /** The columns of a secret that goes on signing until a time. A secret whose key is lost cannot, so there is none then. */
  previousSecret({ secret_key_id, secret }: WebhookEntity, until: Date): PreviousSecret {
    return this.secrets.knows(secret_key_id)
      ? { previous_secret_key_id: secret_key_id, previous_secret: secret, previous_secret_until: until }
      : NO_PREVIOUS_SECRET;
  }

  /** Like `Idempotency.run`, for a write that answers a webhook with its secret. */
  async run(
    context: RequestContext,
    command: Command,
    input: unknown,
    work: (tx: EntityManager) => Promise<WebhookEntity>,
    prepare?: () => Promise<void>,
  ): Promise<Reply<WebhookWithSecret>> {
    const sealed = await this.idempotency.run(
      context,
      command,
      input,
      async (tx) => {
        const row = await work(tx);
        return toSealedReply(row, await readStanding(tx, row));
      },
      prepare,
    );
    const { secret, ...webhook } = sealed.body;
    const [keyId = '', text = ''] = secret.split(':');
    const aad = aadOf({ account_id: context.accountId, id: webhook.id });
    const opened = this.secrets.open(keyId, Buffer.from(text, 'base64'), aad);
    return new Reply({ ...webhook, secret: opened }, sealed);
  }
}

const toSealedReply = (row: WebhookEntity, standing: Standing): Reply<WebhookWithSecret> =>
  new Reply(
    { ...toWebhook(row, standing), secret: `${row.secret_key_id}:${row.secret.toString('base64')}` },
    { version: row.version },
  );
