import type { ServiceName } from './services.js';
import type { Stack } from './stack.js';
import { messageOf } from './stack-error.js';

/** Which of a service's files its migrate step is made of. */
const ofMigrateStep = /\/src\/(migrations\/|database\.ts|consumers\.ts|migrate\.ts)/;

/** Runs one service again when its files change. A restart that has begun is given up for the next change. */
export class Reload {
  readonly #stack: Stack;
  readonly #service: ServiceName;
  readonly #report: (line: string) => void;
  /** What has changed since the service last started with success. */
  readonly #files = new Set<string>();
  #attempt = new AbortController();
  #isCurrent = true;
  #running: Promise<void> | undefined;

  constructor(stack: Stack, service: ServiceName, report: (line: string) => void) {
    this.#stack = stack;
    this.#service = service;
    this.#report = report;
  }

  /** @param files relative to the root */
  changed(files: readonly string[], signal: AbortSignal): void {
    for (const file of files) this.#files.add(file);
    this.#isCurrent = false;
    this.#attempt.abort(new Error('changed again'));
    this.#running ??= this.#catchUp(signal).finally(() => (this.#running = undefined));
  }

  /** Resolves when no restart is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #catchUp(signal: AbortSignal): Promise<void> {
    const changedAt = performance.now();
    while (!this.#isCurrent && !signal.aborted) {
      this.#isCurrent = true;
      this.#attempt = new AbortController();
      try {
        await this.#restart(AbortSignal.any([signal, this.#attempt.signal]));
        // What has changed meanwhile may not be in what has just started.
        if (!this.#isCurrent) continue;
        const seconds = ((performance.now() - changedAt) / 1000).toFixed(1);
        this.#report(`${this.#service}: restarted in ${seconds} s (${[...this.#files].join(', ')})`);
        this.#files.clear();
      } catch (error) {
        if (this.#isCurrent && !signal.aborted)
          this.#report(`${messageOf(error)}\n${this.#service}: waits for a change`);
      }
    }
  }

  async #restart(signal: AbortSignal): Promise<void> {
    const process = this.#stack.services[this.#service];
    if ([...this.#files].some((file) => ofMigrateStep.test(file))) {
      await this.#stack.migrate(this.#service, signal);
      this.#report(`${this.#service}: migrated`);
    }
    await process.stop();
    await process.start(signal);
  }
}
