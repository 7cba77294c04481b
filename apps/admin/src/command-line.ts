import type { Command, CommanderError } from 'commander';
import { printError } from './send.js';

/**
 * Runs the command that the process was called with, and sets its exit code: 0 done, 1 refused or not reachable, 2 wrong usage.
 *
 * @param program every command of which throws a CommanderError in place of exiting, and knows `--json`
 */
export async function runCommandLine(program: Command): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    // Commander has printed what was wrong; asking for help is no error.
    if (!isCommanderError(error)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    if (process.exitCode === 2 && process.argv.includes('--json')) {
      // Every command knows --json, so it is unknown only where none was named.
      const isCommandMissing = error.code === 'commander.help' || /unknown option '--json'/.test(error.message);
      const detail = isCommandMissing ? 'a command is missing' : error.message.replace(/^error: /, '');
      printError({ code: 'usage', detail });
    }
  }
}

/** By its name, because another workspace's program has a class of its own where npm installs commander for each. */
const isCommanderError = (error: unknown): error is CommanderError =>
  error instanceof Error && error.name === 'CommanderError';
