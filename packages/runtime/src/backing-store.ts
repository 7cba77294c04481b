import type { DomainError } from '@nexivo/bus/domain-error';
import type { Unavailability } from '@nexivo/bus/unavailability';

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
  /** The time by its clock, to the millisecond. */
  time(): Promise<Date>;
  /** What an error means where it is to be asked again later: it could not be reached, or had too much to do; undefined where it refused. */
  unavailability(error: unknown): Unavailability | undefined;
  /** What an error of its means to whoever asked, where it is an answer and no fault: that it was too late, or too much at once. */
  refusalOf(error: unknown): DomainError | undefined;
}
