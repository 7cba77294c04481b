import { execFile } from 'node:child_process';
import { createInterface } from 'node:readline';
import { StackError } from './stack-error.js';

/** A program that is run once, to its end. */
export interface ProgramOptions {
  env: Record<string, string>;
  cwd: string;
  user?: { uid: number; gid: number } | undefined;
  signal?: AbortSignal | undefined;
  /** Told of each line that it writes to standard error, while it runs. */
  onErrorLine?: ((line: string) => void) | undefined;
}

/** Runs a program and returns its standard output. When it fails, the last lines it wrote are the error. */
export function runProgram(what: string, command: string, args: string[], options: ProgramOptions): Promise<string> {
  const { user, signal, onErrorLine, ...rest } = options;
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { ...rest, ...user, ...(signal && { signal }), maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout);
        if (signal?.aborted) return reject(signal.reason as Error);
        const output = `${stdout}\n${stderr}`.trim().split('\n').slice(-20).join('\n');
        reject(
          new StackError(
            `${what} failed${typeof error.code === 'number' ? ` with exit code ${error.code}` : ''}:\n${output || error.message}`,
          ),
        );
      },
    );
    if (onErrorLine && child.stderr) createInterface({ input: child.stderr }).on('line', onErrorLine);
  });
}
