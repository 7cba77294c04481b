import { Command } from 'commander';
import { accountsCommand } from './accounts.js';
import { auditCommand } from './audit.js';
import { eventsCommand } from './dead-letters.js';
import { countersCommand } from './counters.js';
import { tokensCommand } from './tokens.js';
import { sessionsCommand, usersCommand } from './users.js';

/**
 * The operators' command line. Exit codes: 0 done, 1 refused or not reachable, 2 wrong usage.
 */
export function buildProgram(): Command {
  const program = new Command('admin')
    .description('Manages accounts, people, tokens and dead letters of a running stack.')
    .exitOverride()
    .showHelpAfterError('(add --help for usage)');
  program.addCommand(accountsCommand());
  program.addCommand(tokensCommand());
  program.addCommand(usersCommand());
  program.addCommand(sessionsCommand());
  program.addCommand(auditCommand());
  program.addCommand(eventsCommand());
  program.addCommand(countersCommand());
  return program;
}
