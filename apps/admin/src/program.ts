import { Command } from 'commander';
import { accountsCommand } from './accounts.js';
import { auditCommand } from './audit.js';
import { eventsCommand } from './dead-letters.js';
import { countersCommand } from './counters.js';
import { statusCommand } from './status.js';
import { tokensCommand } from './tokens.js';
import { sessionsCommand, usersCommand } from './users.js';
import { webhooksCommand } from './webhooks.js';

/**
 * The operators' command line. Exit codes: 0 done, 1 refused or not reachable, 2 wrong usage.
 */
export function buildProgram(): Command {
  const program = new Command('admin')
    .description('Shows how a running stack is, and manages its accounts, people, tokens and dead letters.')
    .exitOverride()
    .showHelpAfterError('(add --help for usage)');
  program.addCommand(statusCommand());
  program.addCommand(accountsCommand());
  program.addCommand(tokensCommand());
  program.addCommand(usersCommand());
  program.addCommand(sessionsCommand());
  program.addCommand(auditCommand());
  program.addCommand(eventsCommand());
  program.addCommand(webhooksCommand());
  program.addCommand(countersCommand());
  return program;
}
