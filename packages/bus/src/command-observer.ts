/** Injection token of the {@link CommandObserver} of commands that are sent. */
export const SENT_COMMANDS = Symbol('sent commands');

/** Told of each command that has come to its end, for whoever counts them. */
export interface CommandObserver {
  /**
   * @param subject without the installation's prefix
   * @param outcome `ok`, `replay`, or the code of an error
   */
  ended(subject: string, outcome: string, ms: number): void;
}
