import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { STATE_DIR } from './env.js';

/** What `listen` remembers of a receiver: the secret that it has been told, and the last event that it took. */
export interface ListenState {
  secret: string;
  after?: string;
}

/** Remembers it in a file that only its owner may read. */
export class ListenMemory {
  readonly #file: string;

  /** @param of whose it is: the API, the account and the receiver */
  constructor(...of: string[]) {
    const name = createHash('sha256').update(of.join('\n')).digest('hex').slice(0, 16);
    this.#file = join(STATE_DIR, `listen-${name}.json`);
  }

  read(): ListenState {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as ListenState;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return { secret: `whsec_${randomBytes(32).toString('base64')}` };
    }
  }

  /** Whole or not at all, whenever it is stopped. */
  write(state: ListenState): void {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.#file}.new`, JSON.stringify(state), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
}
