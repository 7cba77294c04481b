import { Controller } from '@nestjs/common';
import { accounts, audit, tokens } from '@nexivo/contracts/accounts';
import type { RequestContext } from '@nexivo/bus/context';
import { Context, Handles, Input } from '@nexivo/bus/command.controller';
import { validate } from '@nexivo/bus/validation';
import { DataSource } from 'typeorm';
import { AccountsService } from './accounts.service.js';
import { listChanges } from './audit.js';
import { TokensService } from './tokens.service.js';

/** What operators may ask over the bus. Their commands reach no gateway on the way, so they are validated here. */
@Controller()
export class AccountsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly tokens: TokensService,
    private readonly database: DataSource,
  ) {}

  @Handles(accounts.create)
  createAccount(@Input() input: unknown, @Context() context: RequestContext) {
    return this.accounts.create(validate(accounts.create.input, input), context);
  }

  @Handles(accounts.update)
  updateAccount(@Input() input: unknown, @Context() context: RequestContext) {
    return this.accounts.update(validate(accounts.update.input, input), context);
  }

  @Handles(accounts.updateAll)
  updateAllAccounts(@Input() input: unknown, @Context() context: RequestContext) {
    return this.accounts.updateAll(validate(accounts.updateAll.input, input), context);
  }

  @Handles(accounts.get)
  getAccount(@Input() input: unknown) {
    return this.accounts.get(validate(accounts.get.input, input).id);
  }

  @Handles(accounts.list)
  listAccounts(@Input() input: unknown) {
    return this.accounts.list(validate(accounts.list.input, input));
  }

  @Handles(tokens.create)
  createToken(@Input() input: unknown, @Context() context: RequestContext) {
    return this.tokens.create(validate(tokens.create.input, input), context);
  }

  @Handles(tokens.list)
  listTokens(@Input() input: unknown) {
    return this.tokens.list(validate(tokens.list.input, input));
  }

  @Handles(tokens.update)
  updateToken(@Input() input: unknown, @Context() context: RequestContext) {
    return this.tokens.update(validate(tokens.update.input, input), context);
  }

  @Handles(tokens.rotate)
  rotateToken(@Input() input: unknown, @Context() context: RequestContext) {
    return this.tokens.rotate(validate(tokens.rotate.input, input), context);
  }

  @Handles(tokens.revoke)
  revokeToken(@Input() input: unknown, @Context() context: RequestContext) {
    return this.tokens.revoke(validate(tokens.revoke.input, input).id, context);
  }

  @Handles(audit.list)
  async listAudit(@Input() input: unknown) {
    return { data: await listChanges(this.database.manager, validate(audit.list.input, input)) };
  }
}
