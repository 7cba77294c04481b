import { CommanderError } from 'commander';
import { buildProgram } from './program.js';
import { printError } from './send.js';

try {
  await buildProgram().parseAsync();
} catch (error) {
  // Commander has printed what was wrong; asking for help is no error.
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
  if (process.exitCode === 2 && process.argv.includes('--json')) {
    // Every command knows --json, so it is unknown only where none was named.
    const isCommandMissing = error.code === 'commander.help' || /unknown option '--json'/.test(error.message);
    const detail = isCommandMissing ? 'a command is missing' : error.message.replace(/^error: /, '');
    printError({ code: 'usage', detail });
  }
}
