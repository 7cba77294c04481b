import { z } from 'zod';

/** Where the pages about error codes are, below what clients see in front of the base path. */
export const ERROR_PAGES = '/docs/errors/';

/**
 * Every error that can leave the gateway: stable code, HTTP status, title, and what a caller can do about it.
 * The OpenAPI document and the docs are generated from this table.
 */
export const errorCatalogue = {
  validation_failed: {
    status: 400,
    title: 'Validation failed',
    description: 'One or more fields or parameters are invalid; `errors` names each.',
  },
  malformed_json: { status: 400, title: 'Malformed JSON', description: 'The body is not valid JSON in UTF-8.' },
  malformed_request: {
    status: 400,
    title: 'Malformed request',
    description: 'The request is not valid HTTP, or the header that `errors` names is not what it must be.',
  },
  missing_token: {
    status: 401,
    title: 'Authentication required',
    description: 'Send an API token as `Authorization: Bearer nxv_live_…`.',
  },
  invalid_token: {
    status: 401,
    title: 'Invalid token',
    description: 'The token is malformed, unknown, revoked or expired.',
  },
  invalid_session: {
    status: 401,
    title: 'Not signed in',
    description: 'The session is unknown, was ended or has expired; sign in again.',
  },
  invalid_credentials: {
    status: 401,
    title: 'Invalid credentials',
    description: 'Nobody has this e-mail address and password.',
  },
  insufficient_scope: {
    status: 403,
    title: 'Insufficient scope',
    description: 'The token, or the role of the person, lacks the scope named in `detail`.',
  },
  insufficient_role: {
    status: 403,
    title: 'Insufficient role',
    description: 'The role of the person does not allow this; `detail` says which one would.',
  },
  session_required: {
    status: 403,
    title: 'Session required',
    description: 'Only a person who is signed in can do this, not a token.',
  },
  cross_site_request: {
    status: 403,
    title: 'Cross-site request',
    description: 'A session counts only for requests from pages of this very origin.',
  },
  plan_without_api_access: {
    status: 403,
    title: 'Plan without API access',
    description: 'The API is available on the Professional and Enterprise plans.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    description: 'No such resource in this account.',
  },
  route_not_found: { status: 404, title: 'No such route', description: 'The path is not part of this API.' },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    description: 'The path exists, but not with this method; `Allow` lists those that do.',
  },
  request_timeout: { status: 408, title: 'Request timeout', description: 'The request took too long to arrive.' },
  duplicate_submission: {
    status: 409,
    title: 'Duplicate submission',
    description: 'The candidate already has a submission to this job that is not rejected.',
  },
  duplicate_external_id: {
    status: 409,
    title: 'Duplicate external id',
    description: 'Another resource of this account has this `external_id`.',
  },
  already_a_member: {
    status: 409,
    title: 'Already a member',
    description: 'The person with this e-mail address belongs to the account already.',
  },
  last_owner: {
    status: 409,
    title: 'Last owner',
    description: 'The account would be left without an owner; make somebody else an owner first.',
  },
  idempotency_key_in_flight: {
    status: 409,
    title: 'Idempotency key in flight',
    description: 'The first request with this `Idempotency-Key` has not been answered yet; try again in a moment.',
  },
  webhook_disabled: {
    status: 409,
    title: 'Webhook disabled',
    description: 'The webhook is disabled, so that nothing would be sent; enable it first.',
  },
  invalid_link: {
    status: 410,
    title: 'Link no longer valid',
    description: 'The link is unknown, has been used, was taken back or has expired; ask for another.',
  },
  event_expired: {
    status: 410,
    title: 'Event expired',
    description:
      'The event is no longer kept, and cannot be sent again. Who went on from it begins again without `after`.',
  },
  precondition_failed: {
    status: 412,
    title: 'Precondition failed',
    description: 'The resource is no longer at a version that `If-Match` names; `ETag` says which one it is at.',
  },
  payload_too_large: { status: 413, title: 'Payload too large', description: 'The body is larger than 1 MiB.' },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    description: 'Send `Content-Type: application/json` (PATCH: also `application/merge-patch+json`).',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'Idempotency key reused',
    description: 'This `Idempotency-Key` was sent with another request before; use a new key for each write.',
  },
  minute_quota_exceeded: {
    status: 429,
    title: 'Too many requests',
    description: 'The account has used its requests of the last 60 seconds; retry after `Retry-After` seconds.',
  },
  day_quota_exceeded: {
    status: 429,
    title: 'Too many requests today',
    description: 'The account has used its requests of this UTC day; retry after `Retry-After` seconds.',
  },
  too_many_failed_attempts: {
    status: 429,
    title: 'Too many failed attempts',
    description: 'This address has sent too many unknown tokens; retry after `Retry-After` seconds.',
  },
  too_many_sign_ins: {
    status: 429,
    title: 'Too many failed sign-ins',
    description: 'Too many sign-ins have failed for this address or person; retry after `Retry-After` seconds.',
  },
  session_quota_exceeded: {
    status: 429,
    title: 'Too many requests of a session',
    description: 'The session has used its requests of this minute; retry after `Retry-After` seconds.',
  },
  headers_too_large: {
    status: 431,
    title: 'Headers too large',
    description: 'The request line and headers together are larger than 16 KiB.',
  },
  response_too_large: {
    status: 400,
    title: 'Response too large',
    description: 'The rows asked for do not fit in one answer; ask for fewer with `per_page`.',
  },
  internal_error: {
    status: 500,
    title: 'Internal error',
    description: 'Something went wrong on our side; it is logged under the request id.',
  },
  service_unavailable: {
    status: 503,
    title: 'Service unavailable',
    description: 'A part of the API is away, or has too much to do, for the moment; retry after `Retry-After` seconds.',
  },
  http_version_not_supported: {
    status: 505,
    title: 'HTTP version not supported',
    description: 'The API speaks HTTP/1.1 and HTTP/1.0.',
  },
  service_timeout: {
    status: 504,
    title: 'Service timeout',
    description: 'A part of the API did not answer in time. A write may or may not have taken effect.',
  },
} as const satisfies Record<string, { status: number; title: string; description: string }>;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof errorCatalogue;

export const errorCode = z
  .enum(Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]])
  .meta({ id: 'ErrorCode', description: 'What went wrong; stable' });

/** One invalid field or parameter. */
export const fieldError = z
  .object({
    field: z.string().meta({ description: 'Dotted path of the field, or the name of the query parameter' }),
    code: z.string().meta({ description: 'Stable snake_case code' }),
    message: z.string().meta({ description: 'What to change, for people' }),
    offset: z.int().min(0).optional().meta({ description: 'Of `q`: where in it the fault is, in characters from 0' }),
    existing_id: z
      .string()
      .optional()
      .meta({ description: 'Of a duplicate: the id of the resource that is there already' }),
  })
  .meta({ id: 'FieldError' });
export type FieldError = z.output<typeof fieldError>;

/** The body of every error (RFC 9457, `application/problem+json`). */
export const problem = z
  .object({
    type: z.string().meta({
      format: 'uri-reference',
      description: 'The page about this kind of error. Absolute, unless the request does not say by which host it came',
    }),
    title: z.string(),
    status: z.int().min(100).max(599),
    detail: z.string(),
    code: errorCode,
    request_id: z.string(),
    errors: z
      .array(fieldError)
      .optional()
      .meta({ description: 'Present on every 400, on a 409 about a duplicate and on the 410 of `after`' }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.output<typeof problem>;
