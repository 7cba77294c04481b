import { Controller, Inject } from '@nestjs/common';
import { sessions } from '@nexivo/contracts/sessions';
import { users } from '@nexivo/contracts/users';
import type { RequestContext } from '@nexivo/bus/context';
import { Context, Handles, Input } from '@nexivo/bus/command.controller';
import { validate } from '@nexivo/bus/validation';
import { LinksService } from './links.service.js';
import { PersonsService } from './persons.service.js';
import { SessionsService } from './sessions.service.js';

/** Injection token of what stands in front of the path of links that operators make. */
export const LINK_ORIGIN = Symbol('link origin');

/** What operators may ask of people over the bus. Their commands reach no gateway on the way, so they are validated here. */
@Controller()
export class PeopleController {
  constructor(
    private readonly links: LinksService,
    private readonly persons: PersonsService,
    private readonly sessions: SessionsService,
    @Inject(LINK_ORIGIN) private readonly origin: string,
  ) {}

  @Handles(users.invite)
  invite(@Input() input: unknown, @Context() context: RequestContext) {
    return this.links.inviteByOperator(context, validate(users.invite.input, input), this.origin);
  }

  @Handles(users.list)
  list(@Input() input: unknown) {
    return this.persons.list(validate(users.list.input, input));
  }

  @Handles(users.reset)
  reset(@Input() input: unknown, @Context() context: RequestContext) {
    return this.links.resetByOperator(context, validate(users.reset.input, input).email, this.origin);
  }

  @Handles(users.disable)
  disable(@Input() input: unknown, @Context() context: RequestContext) {
    return this.persons.disable(validate(users.disable.input, input), context);
  }

  @Handles(sessions.revoke)
  revokeSessions(@Input() input: unknown, @Context() context: RequestContext) {
    return this.sessions.revokeAll(validate(sessions.revoke.input, input).email, context);
  }
}
