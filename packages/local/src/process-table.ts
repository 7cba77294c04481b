import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { codeOf, StackError } from './stack-error.js';
import { waitUntil } from './wait.js';

/** Whether a process with this pid exists, whoever owns it. A zombie is as good as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  return process.platform !== 'linux' || !/^State:\s+Z/m.test(readProc(pid, 'status'));
}

/** The command line of a process, or an empty string when there is no such process. */
export function commandLineOf(pid: number): string {
  if (process.platform === 'linux') return readProc(pid, 'cmdline').replaceAll('\0', ' ');
  try {
    return execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/** Pids of processes called `name` whose working directory is `directory`. Linux only: elsewhere it finds none. */
export function processesIn(directory: string, name: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => readProc(pid, 'comm').trim() === name && workingDirectoryOf(pid) === directory);
}

/** Sends each signal in turn, SIGKILL last, until the process is gone. */
export async function endProcess(pid: number, signals: NodeJS.Signals[], patienceMs = 10_000): Promise<void> {
  for (const signal of [...signals, 'SIGKILL' as const]) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (codeOf(error) === 'ESRCH') return;
      throw new StackError(
        `a process left over from an earlier run (pid ${pid}) belongs to another user: stop it first`,
      );
    }
    const gone = waitUntil(`the end of process ${pid}`, () => !isAlive(pid), { timeoutMs: patienceMs });
    if (
      await gone.then(
        () => true,
        () => false,
      )
    )
      return;
  }
  throw new StackError(`process ${pid}, left over from an earlier run, does not end`);
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function workingDirectoryOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
