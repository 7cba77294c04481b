import { CUSTOM_FIELDS_MAX } from '@nexivo/contracts/text';
import { DomainError } from './domain-error.js';

type Scalar = string | number | boolean;

/**
 * Applies a JSON merge patch (RFC 7396) to `custom_fields`: `null` removes a member, and `null` for the whole removes
 * them all.
 *
 * @throws DomainError `validation_failed` when too many members would be left
 */
export function patchCustomFields(
  fields: Readonly<Record<string, Scalar>>,
  patch: Readonly<Record<string, Scalar | null>> | null,
): Record<string, Scalar> {
  if (patch === null) return {};
  const merged = new Map(Object.entries(fields));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, value);
  }
  if (merged.size > CUSTOM_FIELDS_MAX) {
    throw DomainError.invalid({
      field: 'custom_fields',
      code: 'too_many',
      message: `must have at most ${CUSTOM_FIELDS_MAX} members; it would have ${merged.size}`,
    });
  }
  return Object.fromEntries(merged);
}
