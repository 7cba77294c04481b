import { createHash } from 'node:crypto';
import type { JsMsg } from '@nats-io/jetstream';
import { type EventType, EVENT_TYPES, eventOf, eventTypes, parseEventSubject } from '@nexivo/contracts/events';
import { type DeadLetter, deadLetter, type ReceivedEvent, type Retry, retry } from './consumer.js';

/** A message as it is kept while it waits: all that it takes to read it again. */
export interface ParkedMessage {
  readonly subject: string;
  /** Of the event's contract. */
  readonly version: number | null;
  readonly traceparent: string | null;
  /** The payload, or {@link NO_TEXT} and its base64 where Postgres cannot hold it as text. */
  readonly json: string;
}

const VERSION = 'Nexivo-Event-Version';
const TRACEPARENT = 'traceparent';

/** What came in, and nothing in it that Postgres could refuse to keep. */
export const parkedMessageOf = ({
  subject,
  headers,
  data,
}: Pick<JsMsg, 'subject' | 'headers' | 'data'>): ParkedMessage => {
  const version = headers?.get(VERSION) ?? '';
  const traceparent = headers?.get(TRACEPARENT) ?? '';
  return {
    subject,
    version: /^\d{1,9}$/.test(version) ? Number(version) : null,
    traceparent: /^[\da-f-]{1,100}$/.test(traceparent) ? traceparent : null,
    json: textOf(data),
  };
};

const NO_TEXT = 'base64:';
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(payload: Uint8Array): string {
  try {
    const text = utf8.decode(payload);
    if (!text.includes('\0')) return text;
  } catch {
    // Not UTF-8.
  }
  return NO_TEXT + Buffer.from(payload).toString('base64');
}

/** The name, in the inbox, of a message without an id that could be believed: the same message has the same. */
export const digestOf = ({ subject, json }: ParkedMessage): string =>
  `sha256-${createHash('sha256').update(`${subject}\n${json}`).digest('hex')}`;

const contracts = new Map(EVENT_TYPES.map((type) => [type, eventOf(type)]));

/**
 * Reads a message as an event of one of the types.
 *
 * @returns the event; or what becomes of a message that is none, or that this version of the service does not know: while a
 * new version is rolled out, a replica of the old one can meet what only the new one can read
 */
export function readEvent(
  { subject, version, traceparent, json }: ParkedMessage,
  types: readonly EventType[],
): ReceivedEvent | Retry | DeadLetter {
  const named = parseEventSubject(subject);
  const type = types.find((known) => known === named?.type);
  if (!type) return retry(`this version of the service takes no ${subject}`);
  if (version !== null && version !== eventTypes[type].version) {
    return retry(`this version of the service knows version ${eventTypes[type].version} of ${type}, not ${version}`);
  }
  if (json.startsWith(NO_TEXT)) return deadLetter('malformed: not UTF-8 text');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return deadLetter('malformed: not JSON');
  }
  // Type and object have to be the subject's, too: the bus decides who may publish where, and nobody what a payload claims.
  const result = contracts.get(type)!.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    return deadLetter(`malformed: ${problems.join('; ')}`);
  }
  const event = result.data as ReceivedEvent['event'];
  if (named?.objectId !== undefined && event.data.object.id !== named.objectId) {
    return deadLetter('malformed: data.object.id: must be the id in its subject');
  }
  return { event, json, ...(traceparent !== null && { traceparent }) };
}
