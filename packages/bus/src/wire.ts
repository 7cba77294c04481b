import { errors as natsErrors, type Msg, type MsgHdrs, MsgHdrsImpl } from '@nats-io/transport-node';
import type { Scope } from '@nexivo/contracts/accounts';
import { MAX_PAGE_BYTES } from '@nexivo/contracts/pagination';
import { errorCatalogue, type ErrorCode, type FieldError } from '@nexivo/contracts/errors';
import { formatPrincipal, parsePrincipal } from '@nexivo/contracts/principal';
import type { RequestContext } from './context.js';
import { DomainError } from './domain-error.js';
import { RawBody } from './raw-body.js';
import { PageReply, Reply, toJson } from './reply.js';
import type { TravelTime } from './travel-time.js';

/**
 * How a command looks on the bus: the payload is the input or output as JSON and nothing else; who asks goes in
 * headers; a failed reply carries the error headers of the NATS service API (ADR-32 of the NATS architecture).
 */
const ACCOUNT = 'Nexivo-Account';
const PRINCIPAL = 'Nexivo-Actor';
const SCOPES = 'Nexivo-Scopes';
const ADDRESS = 'Nexivo-Address';
const REQUEST_ID = 'Nexivo-Request-Id';
/** How long the reply is waited for, and the sender's monotonic clock: both in ms, with a blank between. */
const TIME_LEFT = 'Nexivo-Time-Left';
/** Of a command that its sender may give up before. */
const COMMAND_ID = 'Nexivo-Command-Id';
const TRACEPARENT = 'traceparent';
const IDEMPOTENCY_KEY = 'Nexivo-Idempotency-Key';
const IF_MATCH = 'Nexivo-If-Match';
const IF_NONE_MATCH = 'Nexivo-If-None-Match';
const VERSION = 'Nexivo-Version';
const CREATED = 'Nexivo-Created';
const REPLAY = 'Nexivo-Replay';
const PAGE = 'Nexivo-Page';
const PROBE = 'Nexivo-Probe';
const ERROR_CODE = 'Nats-Service-Error-Code';
const ERROR = 'Nats-Service-Error';

/** Headers of a message to be sent, by name. All at once: nats.js walks through those that it has for each that is set. */
function headersOf(fields: Record<string, string>): MsgHdrs {
  const values: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (/[\r\n]/.test(value)) throw new TypeError(`a header of one line: ${name}`);
    values[name] = [value];
  }
  return MsgHdrsImpl.fromRecord(values);
}

/** Headers of a message that came, by name; of each its first value. */
export type ReceivedHeaders = ReadonlyMap<string, string>;

/** Reads the headers of a message once, for nats.js walks through all for each that is asked for. */
export function readHeaders(from: MsgHdrs | undefined): ReceivedHeaders {
  const fields = new Map<string, string>();
  for (const [name, [value = '']] of from ?? []) fields.set(name, value);
  return fields;
}

/**
 * @param timeLeftMs how long the reply is waited for. Relative, for clocks of two machines differ
 * @param commandId under which the sender tells that it has given up, if it may
 */
export function encodeContext(context: RequestContext, timeLeftMs: number, commandId?: string): MsgHdrs {
  return headersOf({
    [ACCOUNT]: context.accountId,
    [PRINCIPAL]: formatPrincipal(context.principal),
    ...(context.scopes && { [SCOPES]: context.scopes.join(' ') }),
    ...(context.address && { [ADDRESS]: context.address }),
    [REQUEST_ID]: context.requestId,
    [TIME_LEFT]: `${Math.trunc(timeLeftMs)} ${Math.trunc(performance.now())}`,
    ...(commandId !== undefined && { [COMMAND_ID]: commandId }),
    ...(context.traceparent && { [TRACEPARENT]: context.traceparent }),
    ...(context.idempotencyKey !== undefined && { [IDEMPOTENCY_KEY]: context.idempotencyKey }),
    ...(context.ifMatch && { [IF_MATCH]: context.ifMatch === '*' ? '*' : context.ifMatch.join(',') }),
    ...(context.ifNoneMatch && { [IF_NONE_MATCH]: context.ifNoneMatch }),
  });
}

export function decodeContext(from: ReceivedHeaders): RequestContext {
  const scopes = from.get(SCOPES);
  const address = from.get(ADDRESS);
  const traceparent = from.get(TRACEPARENT);
  const idempotencyKey = from.get(IDEMPOTENCY_KEY);
  const ifMatch = from.get(IF_MATCH);
  return {
    accountId: from.get(ACCOUNT) ?? '',
    principal: parsePrincipal(from.get(PRINCIPAL) ?? ''),
    ...(scopes !== undefined && { scopes: scopes.split(' ').filter(Boolean) as Scope[] }),
    ...(address && { address }),
    requestId: from.get(REQUEST_ID) ?? '',
    ...(traceparent && { traceparent }),
    ...(idempotencyKey && { idempotencyKey }),
    ...(ifMatch !== undefined && { ifMatch: decodeVersions(ifMatch) }),
    ...(from.has(IF_NONE_MATCH) && { ifNoneMatch: '*' }),
  };
}

/** Under which the sender of a command tells that it has given up; nothing where it does not. */
export const commandIdOf = (from: ReceivedHeaders): string | undefined => from.get(COMMAND_ID) || undefined;

/** What comes behind the name of a service, in the subject on which its replicas are told of commands that were given up. The message is the command's id. */
export const GIVEN_UP = 'given_up';

/** How much of a caller's time is kept back for the way of the answer, ms. */
const WAY_BACK_MS = 50;

/**
 * When the sender of a command gives up, by this process's `performance.now()`: less a little, so that the answer reaches it before.
 * Nothing where it did not say so, as one of a release up to 0.1.
 */
export function deadlineOf(from: ReceivedHeaders, { reply = '' }: Msg, travelTime: TravelTime): number | undefined {
  const [timeLeftMs, sentAt] = (from.get(TIME_LEFT) ?? '').split(' ').map(Number);
  if (!timeLeftMs || sentAt === undefined) return undefined;
  const now = performance.now();
  // All replies to one process go to one inbox.
  const sender = reply.slice(0, reply.lastIndexOf('.'));
  return now + timeLeftMs - WAY_BACK_MS - travelTime.excess(sender, sentAt, now);
}

/** None at all is a condition, too: one that no row meets. */
const decodeVersions = (value: string): '*' | number[] =>
  value === '*' ? value : value.split(',').filter(Boolean).map(Number);

/**
 * A reply as a message. The payload is the body as JSON; of a page it is the rows alone, and what the page says of itself goes
 * in a header. A page is cut to {@link MAX_PAGE_BYTES}.
 */
export function encodeReply(reply: Reply<unknown>): { payload: string; headers?: MsgHdrs } {
  const { version, isReplay, isCreated } = reply;
  const page = reply instanceof PageReply ? reply.body : undefined;
  const payload = toJson(page ? page.data : reply.body);
  if (reply instanceof PageReply && isLonger(payload, MAX_PAGE_BYTES)) {
    const cut = reply.cutTo(MAX_PAGE_BYTES);
    if (cut !== reply) return encodeReply(cut);
  }
  if (version === undefined && !isReplay && !isCreated && !page) return { payload };
  const headers = headersOf({
    ...(version !== undefined && { [VERSION]: String(version) }),
    ...(isReplay && { [REPLAY]: 'true' }),
    ...(isCreated && { [CREATED]: 'true' }),
    // Headers are one line of ASCII for some clients; a value of a sort key can be anything.
    ...(page && { [PAGE]: encodeURIComponent(JSON.stringify(page.meta)) }),
  });
  return { payload, headers };
}

/** Whether a text has more bytes in UTF-8; those of most texts need not be counted, as a unit has three at most. */
const isLonger = (text: string, bytes: number): boolean => text.length > bytes / 3 && Buffer.byteLength(text) > bytes;

/** A reply as it came: its body, or the rows of its page, are bytes. */
export interface RawReply<Body = unknown> extends Reply<RawBody<Body>> {
  /** What a page says of itself; nothing where the body is no page. */
  readonly page?: object;
}

export function decodeReply<Body>({ headers: given, data }: Msg): RawReply<Body> {
  const page = given?.get(PAGE);
  return {
    body: new RawBody(data),
    version: given?.has(VERSION) ? Number(given.get(VERSION)) : undefined,
    isReplay: given?.has(REPLAY) ?? false,
    isCreated: given?.has(CREATED) ?? false,
    ...(page && { page: JSON.parse(decodeURIComponent(page)) as object }),
  };
}

/** Whether a message was not sent because the bus does not carry any of that size. */
export const isTooLarge = (error: unknown): boolean =>
  error instanceof natsErrors.InvalidArgumentError && error.message.includes('max_payload');

/** Marks a message that only asks whether anyone serves its subject. */
export const probeHeaders = (): MsgHdrs => headersOf({ [PROBE]: 'true' });

export const isProbe = (from: ReceivedHeaders): boolean => from.has(PROBE);

interface ErrorPayload {
  detail: string;
  errors?: readonly FieldError[] | undefined;
  retryAfterS?: number | undefined;
  version?: number | undefined;
}

export function encodeError(error: DomainError): { payload: string; headers: MsgHdrs } {
  const { detail, errors, retryAfterS, version } = error;
  const payload: ErrorPayload = { detail, errors, retryAfterS, version };
  return {
    payload: JSON.stringify(payload),
    headers: headersOf({ [ERROR_CODE]: String(errorCatalogue[error.code].status), [ERROR]: error.code }),
  };
}

/** The error in a reply, or nothing if it succeeded. */
export function decodeError(replyHeaders: MsgHdrs | undefined, payload: () => unknown): DomainError | undefined {
  const code = replyHeaders?.get(ERROR);
  if (!code) return undefined;
  // A newer service may know codes that this one does not.
  if (!(code in errorCatalogue)) return new DomainError('internal_error', { cause: new Error(`unknown code ${code}`) });
  const { detail, errors, retryAfterS, version } = payload() as ErrorPayload;
  return new DomainError(code as ErrorCode, {
    detail,
    ...(errors && { errors }),
    ...(retryAfterS !== undefined && { retryAfterS }),
    ...(version !== undefined && { version }),
  });
}
