import { Module } from '@nestjs/common';
import { Idempotency } from './idempotency.js';
import { IdempotencySweeper } from './idempotency.sweeper.js';

/** For services with writes; their migrations make its table. */
@Module({ providers: [Idempotency, IdempotencySweeper], exports: [Idempotency] })
export class IdempotencyModule {}
