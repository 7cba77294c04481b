import { Injectable } from '@nestjs/common';

/** What a service needs beside its database and its bus to be ready. */
@Injectable()
export class Readiness {
  private readonly parts = new Map<string, () => string>();

  /**
   * @param name of the part, as `/health/ready` shows it
   * @param state `ok`, or what is wrong and what to do about it
   */
  add(name: string, state: () => string): void {
    this.parts.set(name, state);
  }

  /** The state of each part. */
  states(): Record<string, string> {
    return Object.fromEntries([...this.parts].map(([name, state]) => [name, state()]));
  }
}
