/** Signals that come this soon after the first are its echo: a terminal sends Ctrl-C to npm and to us, and npm forwards its own. */
const echoMs = 1_000;
const parentPollMs = 500;

/**
 * A signal that is aborted when this process should end: at SIGINT, SIGTERM or SIGHUP, or when its parent, npm as a rule,
 * has died. A second Ctrl-C calls `force`.
 *
 * @param {() => void} force
 * @returns {AbortSignal}
 */
export function lifetime(force) {
  const end = new AbortController();
  let endedAt = 0;
  const stop = (reason) => {
    if (end.signal.aborted) return;
    endedAt = performance.now();
    end.abort(new Error(reason));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => (end.signal.aborted && performance.now() - endedAt > echoMs ? force() : stop(name)));
  }
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop('the parent process ended'), parentPollMs).unref();
  // With the terminal or npm gone, printing fails. That must not keep us from stopping everything.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return end.signal;
}
