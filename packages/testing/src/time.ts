declare global {
  /** Of the jest preset; absent where jest does not run. */
  // oxlint-disable-next-line no-var -- a global is declared so
  var timeFactor: number | undefined;
}

/**
 * A limit of a test on time, as long as a machine needs that is busy with other work too: multiplied by `TEST_TIME_FACTOR`.
 *
 * @param limit in any unit of time
 */
export const scaled = (limit: number): number => limit * (globalThis.timeFactor ?? 1);
