import { runCommandLine } from '@nexivo/admin/command-line';
import { Command } from 'commander';
import { loadCommand } from './load-command.js';

const program = new Command('npm run demo --')
  .description('Fills accounts with demo data, for trying the product out and for measuring it.')
  .exitOverride()
  .showHelpAfterError('(add --help for usage)')
  .addCommand(loadCommand());

await runCommandLine(program);
