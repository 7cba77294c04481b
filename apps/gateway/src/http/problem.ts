import { ERROR_DOCS, errorCatalogue, type Problem } from '@nexivo/contracts/errors';
import type { DomainError } from '@nexivo/service/domain-error';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The body of an error (RFC 9457). */
export function toProblem(error: DomainError, requestId: string): Problem {
  const { status, title } = errorCatalogue[error.code];
  return {
    type: `${ERROR_DOCS}${error.code}`,
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
    ...(status === 503 && error.retryAfterS === undefined && { 'retry-after': '1' }),
    // RFC 6750, section 3: no error attribute when no token was sent.
    ...(error.code === 'missing_token' && { 'www-authenticate': 'Bearer' }),
    ...(error.code === 'invalid_token' && { 'www-authenticate': 'Bearer error="invalid_token"' }),
    ...(error.code === 'insufficient_scope' && { 'www-authenticate': 'Bearer error="insufficient_scope"' }),
  };
}
