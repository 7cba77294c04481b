import { Command } from 'commander';
import { accountsCommand } from './accounts.js';
import { auditCommand } from './audit.js';
import { tokensCommand } from './tokens.js';

/**
 * The operators' command line. Exit codes: 0 done, 1 refused or not reachable, 2 wrong usage.
 */
export function buildProgram(): Command {
  const program = new Command('admin')
    .description('Manages the accounts and tokens of a running stack.')
    .exitOverride()
    .showHelpAfterError('(add --help for usage)');
  program.addCommand(accountsCommand());
  program.addCommand(tokensCommand());
  program.addCommand(auditCommand());
  return program;
}
