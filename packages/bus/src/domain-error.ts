import { errorCatalogue, type ErrorCode, type FieldError } from '@nexivo/contracts/errors';

/** What an error carries beyond its code. */
export interface DomainErrorOptions {
  /** For the caller, about this occurrence; the catalogue's description when absent. */
  detail?: string;
  /** The fields at fault. */
  errors?: readonly FieldError[];
  /** For `Retry-After`, whole seconds. */
  retryAfterS?: number;
  /** For `ETag`: the version that the resource has. */
  version?: number;
  /** For the log only. */
  cause?: unknown;
}

/** The one error that services throw on purpose: a code of the catalogue, and what the caller should know. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly detail: string;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterS: number | undefined;
  readonly version: number | undefined;

  constructor(
    readonly code: ErrorCode,
    { detail, errors, retryAfterS, version, cause }: DomainErrorOptions = {},
  ) {
    super(detail ?? errorCatalogue[code].description, { cause });
    this.detail = this.message;
    this.errors = errors;
    this.retryAfterS = retryAfterS;
    this.version = version;
  }

  /** A `validation_failed` for the fields given. */
  static invalid(...errors: readonly [FieldError, ...FieldError[]]): DomainError {
    return new DomainError('validation_failed', { detail: firstOf(errors, 'field'), errors });
  }

  /** `not_found` for a resource of any kind: the same for another account's as for one that never was. */
  static notFound(kind: string): DomainError {
    return new DomainError('not_found', { detail: `There is no such ${kind}.` });
  }
}

/**
 * The first reason, for tools that show no other line, and how many more there are.
 *
 * @param part what each is about
 */
export function firstOf(
  [first, ...others]: readonly [FieldError, ...FieldError[]],
  part: 'field' | 'parameter',
): string {
  const more = others.length === 1 ? `1 more ${part} is invalid` : `${others.length} more ${part}s are invalid`;
  return `${first.field} ${first.message}${others.length > 0 ? `; ${more}` : ''}.`;
}
