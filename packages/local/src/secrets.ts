import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf, StackError } from './stack-error.js';
import { dataLayout } from './paths.js';

/** Starts with a letter, because nats-server parses what it takes from the environment and reads `12e4…` as a broken number. */
export function randomPassword(): string {
  return `p${randomBytes(24).toString('hex')}`;
}

/** The generated secrets of one data directory: a name and a value each, kept in a file only the owner can read. */
export class Secrets {
  readonly #file: string;

  constructor(dataDir: string) {
    this.#file = join(dataDir, dataLayout.secrets);
  }

  /** The secret of this name, made and stored at the first call. Synchronous, so that two callers never make two. */
  get(name: string, make: () => string = randomPassword): string {
    const known = this.#read();
    const value = known[name] ?? make();
    if (!(name in known)) this.#write({ ...known, [name]: value });
    return value;
  }

  #read(): Record<string, string> {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Record<string, string>;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return {};
      throw new StackError(`cannot read ${this.#file}: ${messageOf(error)}`);
    }
  }

  /** By rename, so that a crash leaves the old file or the new one. */
  #write(secrets: Record<string, string>): void {
    const draft = `${this.#file}.new`;
    writeFileSync(draft, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(draft, this.#file);
  }
}
