import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@nexivo/local/paths';

/** The commands that the runbook has under the heading of an alert, a line each. */
function runbookCommands(alert: string): string[] {
  const text = readFileSync(join(repositoryRoot, 'docs/runbook.md'), 'utf8');
  const [, section] = new RegExp(`^## ${alert}$([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, 'm').exec(text)!;
  return [...section!.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].flatMap(([, block]) =>
    block!
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );
}

/**
 * Runs a command of the runbook as it stands there.
 *
 * @param alert under whose heading it is
 * @param beginning of the one that is meant
 * @param change puts what an operator has to fill in
 * @returns what it printed, and what was run
 */
export function runFromRunbook(
  alert: string,
  beginning: string,
  env: Record<string, string>,
  change: (command: string) => string = (command) => command,
): { command: string; output: string } {
  const found = runbookCommands(alert).filter((command) => command.startsWith(beginning));
  if (found.length !== 1) throw new Error(`${found.length} commands of ${alert} begin with ${beginning}`);
  const command = change(found[0]!);
  const options = {
    cwd: repositoryRoot,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
  };
  return { command, output: execFileSync('sh', ['-c', command], { ...options, encoding: 'utf8' }) };
}
