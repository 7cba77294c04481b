import { type DynamicModule, Module } from '@nestjs/common';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';
import { Invalidations } from './invalidations.js';
import { type Pepper, PEPPERS } from './token.js';
import { TokensService } from './tokens.service.js';

/** Accounts and their tokens: the rules, the rows, and the commands of operators. It knows nothing of HTTP. */
@Module({})
export class AccountsModule {
  /** @param peppers newest first */
  static register(peppers: readonly [Pepper, ...Pepper[]]): DynamicModule {
    return {
      module: AccountsModule,
      controllers: [AccountsController],
      providers: [AccountsService, TokensService, Invalidations, { provide: PEPPERS, useValue: peppers }],
      exports: [Invalidations, PEPPERS],
    };
  }
}
