import { DomainError } from './domain-error.js';

/** How soon it may be tried again. */
const RETRY_AFTER_S = 1;

/** Refuses what would have to wait too long: nothing of it was begun, and nothing is away. */
export class Busy extends DomainError {
  constructor(detail: string) {
    super('service_unavailable', { detail, retryAfterS: RETRY_AFTER_S });
  }
}
