import { JetStreamApiError } from '@nats-io/jetstream';

/** How the stream is, as far as publishing shows it; what is not `ok` says what an operator has to do. */
export type StreamState = 'ok' | 'missing: run migrate' | typeof FULL | typeof STORES_NOTHING;

/**
 * nats-server measures its disk when it starts, and once it could not write, stores nothing until it is started again, however much room
 * there is.
 */
export const STORES_NOTHING = 'does not store: free disk space, then restart nats';

/** Limits that somebody has given it are reached. No restart helps. */
const FULL = 'full: raise the limits of the stream, or take them away';

/** The server's own error code (server/errors.json of nats-server). */
const STREAM_NOT_FOUND = 10_059;
/** What it says where a limit keeps it from storing (server/store.go); its code is that of every failure to store. */
const LIMIT_REACHED = /maximum (messages|bytes|message size)/;

/**
 * What an error of publishing says of the stream.
 *
 * @returns undefined where it says nothing, as when the bus is away
 */
export function streamStateAfter(error: unknown): StreamState | undefined {
  if (!(error instanceof JetStreamApiError)) return undefined;
  if (error.code === STREAM_NOT_FOUND) return 'missing: run migrate';
  return LIMIT_REACHED.test(error.message) ? FULL : STORES_NOTHING;
}
