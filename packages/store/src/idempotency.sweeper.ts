import { Injectable } from '@nestjs/common';
import { KEY_LIFETIME } from './idempotency.table.js';
import { SWEPT_AT, Sweeper } from './sweeper.js';

/** Deletes idempotency keys beyond their lifetime. They count for nothing already; this only gives their space back. */
@Injectable()
export class IdempotencySweeper extends Sweeper<'idempotencyKeys'> {
  protected readonly statements = {
    idempotencyKeys: `
      delete from idempotency_keys where (account_id, key) in (
        select account_id, key from idempotency_keys
        where created_at <= ${SWEPT_AT} - ${KEY_LIFETIME}
        order by created_at limit $1 for update skip locked)`,
  };
}
