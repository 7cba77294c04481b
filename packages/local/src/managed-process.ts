import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { logSize, logTail } from './log-file.js';
import { messageOf, StackError } from './stack-error.js';
import { waitFor, waitUntil } from './wait.js';

/** What to run, how to tell that it works, and how to end it. */
export interface ProcessOptions {
  name: string;
  command: string;
  args: string[];
  env: Record<string, string>;
  cwd?: string;
  /** Runs as this user; needs root. */
  user?: { uid: number; gid: number } | undefined;
  /** Output is appended here; without it, it is discarded. */
  logFile?: string | undefined;
  /**
   * How the process learns that this one was killed. `ipc`: by its IPC channel, which it watches itself. `guard`: it knows
   * nothing of us, so a shell beside it watches a pipe from here, and sends the first stop signal when that closes.
   */
  lifeline: 'ipc' | 'guard';
  /** Tried in order, then SIGKILL. */
  stopSignals?: NodeJS.Signals[];
  stopTimeoutMs?: number;
  autoRestart?: boolean | undefined;
  /** Called before every start, also before a restart. */
  prepare?: () => Promise<void>;
  /** Throws while the process is not ready. */
  ready: () => Promise<unknown>;
  readyTimeoutMs?: number;
  /** Told in one line about an unexpected exit. */
  report?: ((line: string) => void) | undefined;
}

/** On a busy machine a start takes long; one that fails ends the process, and with it the wait. */
const START_TIMEOUT_MS = 180_000;
const firstBackoffMs = 1_000;
const longestBackoffMs = 30_000;
/** Having run this long, a process earns a fresh start of its backoff. */
const stableMs = 60_000;

const running = new Set<ManagedProcess>();

/** The last resort: kills every managed process at once, without waiting. */
export function killAllProcesses(): void {
  for (const managed of running) managed.kill('SIGKILL');
}

/** A child process that is started again when it ends without having been asked to. */
export class ManagedProcess {
  readonly name: string;
  readonly #options: ProcessOptions;
  #child: ChildProcess | undefined;
  #guard: ChildProcess | undefined;
  #wanted = false;
  #supervised = false;
  #backoffMs = firstBackoffMs;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProcessOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** The pid while the process runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the process and waits until it is ready. A process that ends before that is not restarted: the start has failed. */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.#wanted) throw new StackError(`${this.name} is already started`);
    this.#wanted = true;
    const { logFile } = this.#options;
    const logStart = logSize(logFile);
    try {
      const exited = await this.#launch();
      await this.ready(signal ? AbortSignal.any([signal, exited]) : exited);
      this.#supervised = true;
    } catch (error) {
      await this.stop();
      signal?.throwIfAborted();
      const tail = logTail(logFile, logStart);
      throw new StackError(`${this.name} did not start: ${messageOf(error)}${tail && `\n${tail}\n(from ${logFile})`}`);
    }
  }

  /** Waits until the process answers, for instance after a restart. */
  async ready(signal?: AbortSignal): Promise<void> {
    const { readyTimeoutMs: timeoutMs = START_TIMEOUT_MS } = this.#options;
    await waitFor(`readiness of ${this.name}`, this.#options.ready, { timeoutMs, signal });
  }

  /** Ends the process and waits for the end. Does nothing when it does not run. */
  async stop(): Promise<void> {
    this.#wanted = false;
    this.#supervised = false;
    clearTimeout(this.#timer);
    const { stopSignals = ['SIGTERM'], stopTimeoutMs: timeoutMs = 10_000 } = this.#options;
    const child = this.#child;
    for (const signal of [...stopSignals, 'SIGKILL' as const]) {
      if (child === undefined || this.#child !== child) return;
      this.kill(signal);
      const ended = waitUntil(`the end of ${this.name}`, () => this.#child !== child, { timeoutMs });
      await ended.catch(() => undefined);
    }
  }

  /** Ends the process and starts it again, with the same options. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Only sends the signal: what it causes counts as unexpected. */
  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Spawns the process. The returned signal is aborted at its end. */
  async #launch(): Promise<AbortSignal> {
    await this.#options.prepare?.();
    const exit = new AbortController();
    if (!this.#wanted) {
      exit.abort(new StackError('it was stopped'));
      return exit.signal;
    }
    const { command, args, env, cwd, user, lifeline, stopSignals = ['SIGTERM'] } = this.#options;
    const output = this.#options.logFile === undefined ? 'ignore' : openSync(this.#options.logFile, 'a', 0o600);
    // Detached means a session of its own: Ctrl-C then reaches only us, who know the order in which to stop things.
    const child = spawn(command, args, {
      env,
      ...user,
      ...(cwd === undefined ? {} : { cwd }),
      detached: true,
      stdio: lifeline === 'ipc' ? ['ignore', output, output, 'ipc'] : ['ignore', output, output],
    });
    if (typeof output === 'number') closeSync(output);
    const startedAt = performance.now();
    const finish = (reason: string): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#releaseGuard();
      running.delete(this);
      exit.abort(new StackError(reason));
      if (performance.now() - startedAt > stableMs) this.#backoffMs = firstBackoffMs;
      this.#recover(reason);
    };
    this.#child = child;
    running.add(this);
    child.on('error', (error) => child.pid === undefined && finish(messageOf(error)));
    child.on('exit', (code, signal) => finish(signal ? `it was ended by ${signal}` : `it exited with code ${code}`));
    if (lifeline === 'guard' && child.pid !== undefined)
      this.#guard = spawnGuard(child.pid, stopSignals[0] ?? 'SIGTERM');
    return exit.signal;
  }

  #recover(reason: string): void {
    if (!this.#wanted || !this.#supervised || this.#options.autoRestart === false) {
      if (this.#supervised) this.#wanted = false;
      return;
    }
    const delayMs = this.#backoffMs;
    this.#backoffMs = Math.min(delayMs * 2, longestBackoffMs);
    this.#options.report?.(`${this.name} stopped unexpectedly (${reason}); starting it again in ${delayMs / 1000} s`);
    this.#timer = setTimeout(() => {
      this.#launch().catch((error: unknown) => this.#recover(messageOf(error)));
    }, delayMs);
  }

  #releaseGuard(): void {
    this.#guard?.stdin?.end('released\n');
    this.#guard = undefined;
  }
}

/**
 * A line on the pipe releases the guard; the end of the pipe, which is our end, makes it signal the process. A session of its own
 * keeps it out of reach of Ctrl-C.
 */
function spawnGuard(pid: number, signal: NodeJS.Signals): ChildProcess {
  const script = 'read -r line || kill -s "$1" "$2"';
  const args = ['-c', script, 'nexivohr-guard', signal.replace(/^SIG/, ''), String(pid)];
  const guard = spawn('/bin/sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
  guard.stdin?.on('error', () => undefined);
  guard.on('error', () => undefined);
  guard.unref();
  return guard;
}
