import { Controller } from '@nestjs/common';
import { type Account, accounts, type ApiToken, tokens } from '@nexivo/contracts/accounts';
import type { OutputOf } from '@nexivo/contracts/command';
import { Handles, Input } from '@nexivo/service/command.controller';
import { validate } from '@nexivo/service/validation';
import { AccountsService } from './accounts.service.js';
import { TokensService } from './tokens.service.js';

/** What operators may ask over the bus. Their commands reach no gateway on the way, so they are validated here. */
@Controller()
export class AdminController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly tokens: TokensService,
  ) {}

  @Handles(accounts.create)
  createAccount(@Input() input: unknown): Promise<Account> {
    return this.accounts.create(validate(accounts.create.input, input));
  }

  @Handles(accounts.update)
  updateAccount(@Input() input: unknown): Promise<Account> {
    return this.accounts.update(validate(accounts.update.input, input));
  }

  @Handles(tokens.create)
  createToken(@Input() input: unknown): Promise<OutputOf<typeof tokens.create>> {
    return this.tokens.create(validate(tokens.create.input, input));
  }

  @Handles(tokens.revoke)
  revokeToken(@Input() input: unknown): Promise<ApiToken> {
    return this.tokens.revoke(validate(tokens.revoke.input, input).id);
  }
}
