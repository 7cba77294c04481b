import { CUSTOM_FIELDS_MAX } from '@nexivo/contracts/text';
import { DomainError } from '@nexivo/bus/domain-error';

type Scalar = string | number | boolean;
type CustomFields = Readonly<Record<string, Scalar>>;
type CustomFieldsPatch = Readonly<Record<string, Scalar | null>>;

/**
 * A JSON merge patch (RFC 7396) in terms of columns: `custom_fields` is merged member by member, and a list that is
 * cleared becomes empty, for lists are never null in a row.
 *
 * @param lists the members that are lists
 * @throws DomainError as {@link patchCustomFields}
 */
export function patchColumns<
  Row extends { custom_fields: CustomFields },
  Patch extends { custom_fields?: CustomFieldsPatch | null | undefined },
>(row: Row, { custom_fields, ...rest }: Patch, lists: readonly (keyof Patch & keyof Row & string)[]): Partial<Row> {
  const members: Readonly<Record<string, unknown>> = rest;
  const cleared = lists.filter((list) => members[list] === null).map((list) => [list, []]);
  return {
    ...members,
    ...Object.fromEntries(cleared),
    ...(custom_fields !== undefined && { custom_fields: patchCustomFields(row.custom_fields, custom_fields) }),
  } as Partial<Row>;
}

/**
 * Applies a JSON merge patch (RFC 7396) to `custom_fields`: `null` removes a member, and `null` for the whole removes
 * them all.
 *
 * @throws DomainError `validation_failed` when too many members would be left
 */
export function patchCustomFields(fields: CustomFields, patch: CustomFieldsPatch | null): Record<string, Scalar> {
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
