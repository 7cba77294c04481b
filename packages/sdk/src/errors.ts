import type { ErrorCode, FieldError, Problem } from './generated/types.js';

/** Whatever this library throws, but for a signal's own reason and wrong arguments. */
export class NexivoError extends Error {
  override name = 'NexivoError';
}

/** No answer came, or none that was whole: the connection failed or closed, or a try took longer than `timeoutMs`. */
export class ConnectionError extends NexivoError {
  override name = 'ConnectionError';
}

/** What answered is not the API. */
export class UnexpectedAnswerError extends NexivoError {
  override name = 'UnexpectedAnswerError';
}

/** The API refused. There is a class for each status. */
export class ApiError extends NexivoError {
  override name = 'ApiError';
  /** Stable, from the API's catalogue; `undefined` where something in between has answered. */
  readonly code: ErrorCode | undefined;
  /** What is wrong with which field. */
  readonly errors: readonly FieldError[];
  /** To quote when asking for help. */
  readonly requestId: string | undefined;
  /** How long the API says to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly status: number,
    readonly headers: Headers,
    readonly problem?: Problem,
  ) {
    const requestId = headers.get('x-request-id') ?? problem?.request_id;
    const quoted = [problem?.code, requestId && `request ${requestId}`].filter(Boolean).join(', ');
    super((problem?.detail ?? `HTTP ${status}`) + (quoted && ` (${quoted})`));
    this.code = problem?.code;
    this.errors = problem?.errors ?? [];
    this.requestId = requestId;
    const seconds = headers.get('retry-after');
    this.retryAfterMs = seconds !== null && Number(seconds) >= 0 ? Number(seconds) * 1_000 : undefined;
  }
}

export class BadRequestError extends ApiError {
  override name = 'BadRequestError';
}
export class UnauthorizedError extends ApiError {
  override name = 'UnauthorizedError';
}
export class ForbiddenError extends ApiError {
  override name = 'ForbiddenError';
}
export class NotFoundError extends ApiError {
  override name = 'NotFoundError';
}
/** A duplicate, for one: `errors[0].existing_id` is the resource that is there. */
export class ConflictError extends ApiError {
  override name = 'ConflictError';
}
export class GoneError extends ApiError {
  override name = 'GoneError';
}
/** Somebody else has written since `ifMatch` was read. */
export class PreconditionFailedError extends ApiError {
  override name = 'PreconditionFailedError';
}
export class UnprocessableError extends ApiError {
  override name = 'UnprocessableError';
}
/** A quota is used up for longer than the client waits. */
export class TooManyRequestsError extends ApiError {
  override name = 'TooManyRequestsError';
}
export class ServerError extends ApiError {
  override name = 'ServerError';
}

const byStatus: Record<number, typeof ApiError> = {
  400: BadRequestError,
  401: UnauthorizedError,
  403: ForbiddenError,
  404: NotFoundError,
  409: ConflictError,
  410: GoneError,
  412: PreconditionFailedError,
  422: UnprocessableError,
  429: TooManyRequestsError,
};

/** The error that an answer is, from its body if that is a problem. */
export function errorOf({ status, headers }: Response, text: string): ApiError {
  const Class = byStatus[status] ?? (status >= 500 ? ServerError : ApiError);
  const isProblem = headers.get('content-type')?.includes('problem+json');
  return new Class(status, headers, isProblem ? (JSON.parse(text) as Problem) : undefined);
}
