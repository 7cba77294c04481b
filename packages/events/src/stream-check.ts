import { JetStreamApiError, type StreamConfig } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { UnfitServer } from '@nexivo/bus/unfit-server';

/** What a stream must never have: each of them loses events, or keeps some out. */
const WITHOUT = {
  max_msgs: -1,
  max_bytes: -1,
  max_msgs_per_subject: -1,
  max_msg_size: -1,
  sealed: false,
  no_ack: false,
};
/** What an update may change in a stream that is the product's own. */
const KEPT_UP_TO_DATE = new Set(['subjects', 'discard', 'max_age', 'duplicate_window', 'allow_direct', 'num_replicas']);

type Settings = Readonly<Record<string, unknown>>;

/** Whether a stream was made by the product, and may be brought up to date: it is known by its description. */
export const isOurs = (found: StreamConfig, wanted: { description: string }): boolean =>
  found.description === wanted.description;

/**
 * Compares a stream that is there with the one that is needed. The product's own may differ in what releases have changed; in how it is
 * stored, retained or limited nobody's may.
 *
 * @throws UnfitServer with each difference, if the stream has to be left as it is
 */
export function refuseUnfit(found: StreamConfig, wanted: Settings & { description: string }): void {
  const mayBeUpdated = isOurs(found, wanted);
  const { description: _, ...needed } = wanted;
  const differences = Object.entries({ ...needed, ...WITHOUT })
    .filter(([name]) => !(mayBeUpdated && KEPT_UP_TO_DATE.has(name)))
    .map(([name, value]) => ({ name, value, has: valueOf(found, name, value) }))
    .filter(({ value, has }) => JSON.stringify(has) !== JSON.stringify(value))
    .map(({ name, value, has }) => `${name} is ${shown(has)}, not ${shown(value)}`);
  if ('mirror' in found || 'sources' in found) differences.push('it is filled from another stream');
  if (differences.length === 0) return;
  throw new UnfitServer(
    `the stream ${found.name} ${mayBeUpdated ? 'would lose events' : 'is not ours'} and was left as it is: ${differences.join('; ')}`,
  );
}

/** What is left out has the server's default, which is nothing. */
const valueOf = (found: StreamConfig, name: string, wanted: unknown): unknown => {
  const value = (found as unknown as Settings)[name];
  return typeof wanted === 'boolean' ? (value ?? false) : value;
};

const shown = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : String(value));

/** The server's own error codes (server/errors.json of nats-server), and what may be done about them. */
const ADVICE: Readonly<Record<number, string>> = {
  10_039: 'has no JetStream for this account: enable it',
  10_076: 'has no JetStream: start it with --jetstream',
  10_065: 'has another stream for the subjects of events: set NATS_PREFIX to have others',
  10_074: 'cannot keep as many copies as EVENTS_REPLICAS asks for',
  10_047: 'has too little room for the stream',
};

/** Whether an error means that a cluster has yet to agree on who leads its JetStream. */
export const isStarting = (error: unknown): boolean => error instanceof JetStreamApiError && error.code === NOT_READY;
const NOT_READY = 10_008;

/** An error of making the stream as whoever runs the server can use it; undefined if it is another one. */
export function refusalOf(thrown: unknown, place: string): UnfitServer | undefined {
  // The client wraps what a request failed by.
  const error = thrown instanceof errors.RequestError && thrown.cause !== undefined ? thrown.cause : thrown;
  const refuse = (text: string): UnfitServer => new UnfitServer(`NATS at ${place} ${text}`, { cause: error });
  if (error instanceof errors.PermissionViolationError)
    return refuse(
      `does not let this user ${error.operation} ${error.subject}: the rights are told in docs/operate-nats.md`,
    );
  if ((error as Error).name === 'JetStreamNotEnabled' || error instanceof errors.NoRespondersError)
    return refuse(
      'has no JetStream: start it with --jetstream, enable it for this account, or name the domain that has it by NATS_JS_DOMAIN if this is a leaf node',
    );
  if (error instanceof JetStreamApiError && !isStarting(error))
    return refuse(`${ADVICE[error.code] ?? 'refuses the stream'} (${error.message})`);
  return undefined;
}
