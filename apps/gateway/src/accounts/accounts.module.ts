import { type DynamicModule, Module } from '@nestjs/common';
import { IdempotencyModule } from '@nexivo/store/idempotency.module';
import { AccountTokensService } from './account-tokens.service.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';
import { Invalidations } from './invalidations.js';
import { OwnAccountService } from './own-account.service.js';
import { JoiningService } from './people/joining.service.js';
import { MembershipsService } from './people/memberships.service.js';
import { KnownDevices } from './people/known-devices.js';
import { LinksService } from './people/links.service.js';
import { MembersService } from './people/members.service.js';
import { Passwords } from './people/passwords.js';
import { LINK_ORIGIN, PeopleController } from './people/people.controller.js';
import { PeopleSweeper } from './people/people.sweeper.js';
import { PersonsService } from './people/persons.service.js';
import { SessionsService } from './people/sessions.service.js';
import { SignInThrottle } from './people/sign-in-throttle.js';
import { SealedAnswers } from './sealed-answers.js';
import { type Pepper, PEPPERS } from './token.js';
import { TokenWrites } from './token-writes.js';
import { TokensService } from './tokens.service.js';

const SERVICES = [
  AccountTokensService,
  AccountsService,
  Invalidations,
  JoiningService,
  MembershipsService,
  LinksService,
  MembersService,
  OwnAccountService,
  PersonsService,
  SessionsService,
  TokensService,
];

/** Accounts, their people and their tokens: the rules, the rows, and the commands of operators. It knows nothing of HTTP. */
@Module({})
export class AccountsModule {
  /**
   * @param peppers newest first
   * @param linkOrigin what stands in front of the path of links that operators make
   */
  static register(peppers: readonly [Pepper, ...Pepper[]], linkOrigin: string): DynamicModule {
    return {
      module: AccountsModule,
      imports: [IdempotencyModule],
      controllers: [AccountsController, PeopleController],
      providers: [
        ...SERVICES,
        KnownDevices,
        Passwords,
        PeopleSweeper,
        SealedAnswers,
        SignInThrottle,
        TokenWrites,
        { provide: PEPPERS, useValue: peppers },
        { provide: LINK_ORIGIN, useValue: linkOrigin },
      ],
      exports: [...SERVICES, PEPPERS],
    };
  }
}
