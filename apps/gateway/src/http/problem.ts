import { ERROR_PAGES, errorCatalogue, type Problem } from '@nexivo/contracts/errors';
import { DomainError } from '@nexivo/bus/domain-error';
import { etagOf } from './entity-tag.js';

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** A `malformed_request` that says which part is at fault. */
export const malformed = (field: string, message: string): DomainError =>
  new DomainError('malformed_request', {
    detail: `The ${field} ${message}.`,
    errors: [{ field, code: 'malformed', message }],
  });

/**
 * The body of an error (RFC 9457).
 *
 * @param origin what the client sees in front of the base path; empty where that is not known
 */
export function toProblem(error: DomainError, requestId: string, origin: string): Problem {
  const { status, title } = errorCatalogue[error.code];
  return {
    type: `${origin}${ERROR_PAGES}${error.code}`,
    title,
    status,
    detail: error.detail,
    code: error.code,
    request_id: requestId,
    ...(error.errors && { errors: [...error.errors] }),
  };
}

/** The headers that an error needs beside its body. */
export function problemHeaders(error: DomainError): Record<string, string> {
  const { status } = errorCatalogue[error.code];
  return {
    'content-type': PROBLEM_TYPE,
    ...(error.retryAfterS !== undefined && { 'retry-after': String(error.retryAfterS) }),
    ...(error.code === 'unsupported_media_type' && { 'accept-encoding': 'gzip' }),
    ...(error.version !== undefined && { etag: etagOf(error.version) }),
    ...(status === 503 && error.retryAfterS === undefined && { 'retry-after': '1' }),
    // RFC 6750, section 3: no error attribute when no token was sent.
    // A 401 names a scheme (RFC 9110, section 11.6.1); no browser asks a person for a bearer token.
    ...((error.code === 'invalid_session' || error.code === 'invalid_credentials') && { 'www-authenticate': 'Bearer' }),
    ...(error.code === 'missing_token' && { 'www-authenticate': 'Bearer' }),
    ...(error.code === 'invalid_token' && { 'www-authenticate': 'Bearer error="invalid_token"' }),
    ...(error.code === 'insufficient_scope' && { 'www-authenticate': 'Bearer error="insufficient_scope"' }),
  };
}
