/**
 * A server, Postgres or NATS, on which the product cannot run. The message is for whoever runs it: one line for each reason, with what to
 * do about it, and without credentials.
 */
export class UnfitServer extends Error {
  override readonly name = 'UnfitServer';
}
