import { Controller } from '@nestjs/common';
import { type Account, accounts, type ApiToken, audit, tokens } from '@nexivo/contracts/accounts';
import type { OutputOf } from '@nexivo/contracts/command';
import type { Call } from '@nexivo/service/call';
import { Handles, Input, OnBehalf } from '@nexivo/service/command.controller';
import { validate } from '@nexivo/service/validation';
import { DataSource } from 'typeorm';
import { AccountsService } from './accounts.service.js';
import { listChanges } from './audit.js';
import { TokensService } from './tokens.service.js';

/** What operators may ask over the bus. Their commands reach no gateway on the way, so they are validated here. */
@Controller()
export class AdminController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly tokens: TokensService,
    private readonly database: DataSource,
  ) {}

  @Handles(accounts.create)
  createAccount(@Input() input: unknown, @OnBehalf() call: Call): Promise<Account> {
    return this.accounts.create(validate(accounts.create.input, input), call);
  }

  @Handles(accounts.update)
  updateAccount(@Input() input: unknown, @OnBehalf() call: Call): Promise<Account> {
    return this.accounts.update(validate(accounts.update.input, input), call);
  }

  @Handles(accounts.get)
  getAccount(@Input() input: unknown): Promise<Account> {
    return this.accounts.get(validate(accounts.get.input, input).id);
  }

  @Handles(accounts.list)
  listAccounts(@Input() input: unknown): Promise<OutputOf<typeof accounts.list>> {
    return this.accounts.list(validate(accounts.list.input, input));
  }

  @Handles(tokens.create)
  createToken(@Input() input: unknown, @OnBehalf() call: Call): Promise<OutputOf<typeof tokens.create>> {
    return this.tokens.create(validate(tokens.create.input, input), call);
  }

  @Handles(tokens.list)
  listTokens(@Input() input: unknown): Promise<OutputOf<typeof tokens.list>> {
    return this.tokens.list(validate(tokens.list.input, input));
  }

  @Handles(tokens.update)
  updateToken(@Input() input: unknown, @OnBehalf() call: Call): Promise<ApiToken> {
    return this.tokens.update(validate(tokens.update.input, input), call);
  }

  @Handles(tokens.rotate)
  rotateToken(@Input() input: unknown, @OnBehalf() call: Call): Promise<OutputOf<typeof tokens.rotate>> {
    return this.tokens.rotate(validate(tokens.rotate.input, input), call);
  }

  @Handles(tokens.revoke)
  revokeToken(@Input() input: unknown, @OnBehalf() call: Call): Promise<ApiToken> {
    return this.tokens.revoke(validate(tokens.revoke.input, input).id, call);
  }

  @Handles(audit.list)
  async listAudit(@Input() input: unknown): Promise<OutputOf<typeof audit.list>> {
    return { data: await listChanges(this.database.manager, validate(audit.list.input, input)) };
  }
}
