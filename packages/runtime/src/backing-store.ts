import type { DomainError } from '@nexivo/bus/domain-error';

/** Injection token of a {@link BackingStore}; the store package provides one for Postgres. */
export const BACKING_STORE = Symbol('backing store');

/** What a service keeps its data in, as far as health and error answers need to know it. */
export interface BackingStore {
  /**
   * Whether it has what this version of the service needs.
   *
   * @throws when it does not answer
   */
  state(): Promise<'ok' | 'not migrated' | 'read-only'>;
  /** Whether an error means that it could not be reached, or has to be asked again, rather than that it refused. */
  isAway(error: unknown): boolean;
  /** What an error of its means to whoever asked, where it is an answer and no fault: that it was too late, or too much at once. */
  refusalOf(error: unknown): DomainError | undefined;
}
