import type { ErrorCode, Problem } from '@nexivo/contracts/errors';
import type { Route } from '@nexivo/contracts/route';
import { DomainError } from '@nexivo/bus/domain-error';
import { takesIdempotencyKey, takesIfMatch } from '@nexivo/contracts/route';
import { malformed, toProblem } from '../http/problem.js';
import { z } from 'zod';

/** Errors that come before there is an operation, or instead of one. */
export const UNROUTED: readonly ErrorCode[] = [
  'route_not_found',
  'method_not_allowed',
  'request_timeout',
  'headers_too_large',
  'http_version_not_supported',
];

/** Every error that a route can give. */
export const errorsOf = (route: Route): ErrorCode[] => [
  'validation_failed',
  'malformed_request',
  ...(isList(route) ? LIST_ERRORS : []),
  ...(route.body ? BODY_ERRORS : []),
  ...(route.isPublic ? [] : AUTH_ERRORS),
  ...(route.isForSessions ? SESSION_ERRORS : []),
  ...(route.isFree ? [] : QUOTA_ERRORS),
  // A route with a scope is answered by a service behind the bus.
  ...(route.scope ? SCOPE_ERRORS : []),
  ...(route.params ? PATH_ERRORS : []),
  ...(takesIdempotencyKey(route) ? KEY_ERRORS : []),
  ...(takesIfMatch(route) ? CONDITION_ERRORS : []),
  ...(route.errors ?? []),
  'internal_error',
];

/** Whether a route answers pages or a feed, with links that lead on. */
export const isList = ({ response }: Route): boolean => response instanceof z.ZodObject && 'links' in response.shape;

const LIST_ERRORS: readonly ErrorCode[] = ['response_too_large'];
const BODY_ERRORS: readonly ErrorCode[] = ['malformed_json', 'payload_too_large', 'unsupported_media_type'];
const AUTH_ERRORS: readonly ErrorCode[] = [
  'missing_token',
  'invalid_token',
  'plan_without_api_access',
  'too_many_failed_attempts',
  'invalid_session',
  'cross_site_request',
  'service_unavailable',
];
const SESSION_ERRORS: readonly ErrorCode[] = ['session_required'];
const QUOTA_ERRORS: readonly ErrorCode[] = ['minute_quota_exceeded', 'day_quota_exceeded', 'session_quota_exceeded'];
const SCOPE_ERRORS: readonly ErrorCode[] = ['insufficient_scope', 'service_timeout'];
const PATH_ERRORS: readonly ErrorCode[] = ['not_found'];
const KEY_ERRORS: readonly ErrorCode[] = ['idempotency_key_in_flight', 'idempotency_key_reused'];
const CONDITION_ERRORS: readonly ErrorCode[] = ['precondition_failed'];

/** Occurrences that say more than the catalogue does. */
const OCCURRENCES: Partial<Record<ErrorCode, DomainError>> = {
  validation_failed: DomainError.invalid({
    field: 'email',
    code: 'invalid_format',
    message: 'must be an email address',
  }),
  malformed_json: new DomainError('malformed_json', {
    detail: 'The body is empty; send a JSON object.',
    errors: [{ field: 'body', code: 'malformed_json', message: 'The body is empty; send a JSON object.' }],
  }),
  malformed_request: malformed('url', 'contains an invalid percent-encoding'),
  response_too_large: new DomainError('response_too_large', {
    errors: [{ field: 'per_page', code: 'response_too_large', message: 'ask for fewer items per page' }],
  }),
  insufficient_scope: new DomainError('insufficient_scope', {
    detail: 'This needs a token with the scope candidates:write.',
  }),
  not_found: DomainError.notFound('candidate'),
};

/** What an error looks like on the wire. */
export const problemExample = (code: ErrorCode): Problem =>
  toProblem(
    OCCURRENCES[code] ?? new DomainError(code),
    '019ab2f0-9e57-7a41-b6a8-7c1d4f80e2b5',
    'https://ats.example.com',
  );
