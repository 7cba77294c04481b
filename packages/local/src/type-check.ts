import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants, setPriority } from 'node:os';
import { repositoryRoot } from './paths.js';

const compiler = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace('package.json', 'bin/tsc');

/** Checks the types of the whole repository, as `npm run typecheck` does, again and again. One check runs at a time. */
export class TypeCheck {
  readonly #report: (line: string) => void;
  #child: ChildProcess | undefined;
  #hasErrors: boolean | undefined;

  constructor(report: (line: string) => void) {
    this.#report = report;
  }

  /** Begins a check; one that still runs is ended, since it may be of what is no longer there. */
  begin(): void {
    this.end();
    const startedAt = performance.now();
    const child = spawn(process.execPath, [compiler, '--pretty', 'false'], {
      cwd: repositoryRoot,
      // A session of its own, so that Ctrl-C reaches us alone.
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    // The services that start meanwhile go first.
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.on('error', (error) => this.#report(`types: not checked: ${error.message}`));
    child.on('close', (code) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      for (const line of output.split('\n')) if (line) this.#report(`types: ${line}`);
      if (code === 0 && this.#hasErrors !== false) {
        this.#report(`types: no errors (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
      }
      this.#hasErrors = code !== 0;
    });
  }

  /** Ends a check that still runs. */
  end(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}
