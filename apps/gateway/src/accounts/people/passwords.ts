import { Injectable } from '@nestjs/common';
import { DomainError } from '@nexivo/bus/domain-error';
import { isCommonPassword } from './common-passwords.js';
import { decoyHash, hashPassword, matchesHash } from './password-hash.js';

/** Each takes 19 MiB and a thread for some 20 ms. */
const AT_ONCE = 4;
const MAX_WAITING = 32;

/** Hashes passwords and compares them, a few at a time: whoever floods the sign-in must not starve everything else. */
@Injectable()
export class Passwords {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /**
   * A new password as it is kept.
   *
   * @param field that the password was sent in
   * @throws DomainError `validation_failed` for a common one; `service_unavailable` if too many wait already
   */
  async hash(password: string, field: string): Promise<string> {
    if (await isCommonPassword(password)) {
      const message = 'must not be one of the commonest passwords, nor one of those with signs around it';
      throw DomainError.invalid({ field, code: 'too_common', message });
    }
    return this.inTurn(() => hashPassword(password));
  }

  /**
   * Whether a password is that of a hash. Without a hash it never is, and takes as long.
   *
   * @throws DomainError `service_unavailable` if too many wait already
   */
  async matches(password: string, hash: string | null | undefined): Promise<boolean> {
    const isMatch = await this.inTurn(() => matchesHash(password, hash ?? DECOY));
    return isMatch && typeof hash === 'string';
  }

  private async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running < AT_ONCE) this.running++;
    else await this.turn();
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }

  /** Who goes hands its place on. */
  private turn(): Promise<void> {
    if (this.waiting.length >= MAX_WAITING) {
      throw new DomainError('service_unavailable', { detail: 'Too many people sign in at once.', retryAfterS: 1 });
    }
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }
}

const DECOY = decoyHash();
