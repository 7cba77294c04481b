import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { errorCatalogue, type ErrorCode, type FieldError } from '@nexivo/contracts/errors';
import type { Call } from './call.js';
import { DomainError } from './domain-error.js';

/**
 * How a command looks on the bus: the payload is the input or output as JSON and nothing else; who asks goes in
 * headers; a failed reply carries the error headers of the NATS service API (ADR-32 of the NATS architecture).
 */
const ACCOUNT = 'Nexivo-Account';
const ACTOR = 'Nexivo-Actor';
const REQUEST_ID = 'Nexivo-Request-Id';
const TRACEPARENT = 'traceparent';
const PROBE = 'Nexivo-Probe';
const ERROR_CODE = 'Nats-Service-Error-Code';
const ERROR = 'Nats-Service-Error';

export function encodeCall(call: Call): MsgHdrs {
  const result = headers();
  result.set(ACCOUNT, call.accountId);
  result.set(ACTOR, call.actorId);
  result.set(REQUEST_ID, call.requestId);
  if (call.traceparent) result.set(TRACEPARENT, call.traceparent);
  return result;
}

export function decodeCall(from: MsgHdrs | undefined): Call {
  const traceparent = from?.get(TRACEPARENT);
  return {
    accountId: from?.get(ACCOUNT) ?? '',
    actorId: from?.get(ACTOR) ?? '',
    requestId: from?.get(REQUEST_ID) ?? '',
    ...(traceparent && { traceparent }),
  };
}

/** Marks a message that only asks whether anyone serves its subject. */
export function probeHeaders(): MsgHdrs {
  const result = headers();
  result.set(PROBE, 'true');
  return result;
}

export const isProbe = (from: MsgHdrs | undefined): boolean => from?.has(PROBE) ?? false;

interface ErrorPayload {
  detail: string;
  errors?: readonly FieldError[] | undefined;
  retryAfterS?: number | undefined;
}

export function encodeError(error: DomainError): { payload: string; headers: MsgHdrs } {
  const result = headers();
  result.set(ERROR_CODE, String(errorCatalogue[error.code].status));
  result.set(ERROR, error.code);
  const payload: ErrorPayload = { detail: error.detail, errors: error.errors, retryAfterS: error.retryAfterS };
  return { payload: JSON.stringify(payload), headers: result };
}

/** The error in a reply, or nothing if it succeeded. */
export function decodeError(replyHeaders: MsgHdrs | undefined, payload: () => unknown): DomainError | undefined {
  const code = replyHeaders?.get(ERROR);
  if (!code) return undefined;
  // A newer service may know codes that this one does not.
  if (!(code in errorCatalogue)) return new DomainError('internal_error', { cause: new Error(`unknown code ${code}`) });
  const { detail, errors, retryAfterS } = payload() as ErrorPayload;
  return new DomainError(code as ErrorCode, {
    detail,
    ...(errors && { errors }),
    ...(retryAfterS !== undefined && { retryAfterS }),
  });
}
