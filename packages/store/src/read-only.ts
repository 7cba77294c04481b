import { isDeepStrictEqual } from 'node:util';
import type { FieldError } from '@nexivo/contracts/errors';
import { DomainError } from '@nexivo/bus/domain-error';

/**
 * A patch without the members that only the API sets.
 *
 * @param resource as the API shows it now
 * @throws DomainError `validation_failed` with `read_only` for each of them that is not sent back as it stands
 */
export function withoutReadOnly<Patch extends object, Name extends keyof Patch & string>(
  patch: Patch,
  resource: Readonly<Record<Name, unknown>>,
  names: readonly Name[],
): Omit<Patch, Name> {
  const errors = names
    .filter((name) => patch[name] !== undefined && !isSame(patch[name], resource[name]))
    .map((field): FieldError => ({ field, code: 'read_only', message: 'is set by the API and cannot be changed' }));
  const [first, ...others] = errors;
  if (first) throw DomainError.invalid(first, ...others);
  const { ...writable } = patch;
  for (const name of names) delete writable[name];
  return writable;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT/i;

/** A time may be written in other ways than ours. */
const isSame = (sent: unknown, stands: unknown): boolean =>
  typeof sent === 'string' && typeof stands === 'string' && RFC_3339.test(sent) && RFC_3339.test(stands)
    ? Date.parse(sent) === Date.parse(stands)
    : isDeepStrictEqual(sent, stands);
