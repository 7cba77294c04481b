import { isDeepStrictEqual } from 'node:util';
import type { FieldError } from '@nexivo/contracts/errors';
import { DomainError } from '@nexivo/bus/domain-error';

/**
 * A patch without the members that only the API sets.
 *
 * @param resource as the API shows it now
 * @param moving times that move on or go by themselves, such as when a webhook last failed: what was read is as good as what stands
 * @throws DomainError `validation_failed` with `read_only` for each of them that is not sent back as it stands
 */
export function withoutReadOnly<Patch extends object, Name extends keyof Patch & string>(
  patch: Patch,
  resource: Readonly<Record<Name, unknown>>,
  names: readonly Name[],
  moving: readonly Name[] = [],
): Omit<Patch, Name> {
  const errors = names
    .filter((name) => patch[name] !== undefined && !isSame(patch[name], resource[name]))
    .filter((name) => !moving.includes(name) || !wasPossible(patch[name], resource[name]))
    .map((field): FieldError => ({ field, code: 'read_only', message: 'is set by the API and cannot be changed' }));
  const [first, ...others] = errors;
  if (first) throw DomainError.invalid(first, ...others);
  const { ...writable } = patch;
  for (const name of names) delete writable[name];
  return writable;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT/i;

/** Whether a time that moves on, or goes, may have been what was sent. */
const wasPossible = (sent: unknown, stands: unknown): boolean =>
  stands === null
    ? isTime(sent)
    : isTime(stands) && (sent === null || (isTime(sent) && Date.parse(sent) < Date.parse(stands)));

const isTime = (value: unknown): value is string => typeof value === 'string' && RFC_3339.test(value);

/** A time may be written in other ways than ours. */
const isSame = (sent: unknown, stands: unknown): boolean =>
  isTime(sent) && isTime(stands) ? Date.parse(sent) === Date.parse(stands) : isDeepStrictEqual(sent, stands);
