import { QueryFailedError } from 'typeorm';
import { DomainError } from '@nexivo/bus/domain-error';

/**
 * Runs a write. Where it would break the unique index of that name, `refusal` is thrown in its place: the index and not a
 * look beforehand decides, so that the rule holds for writes that race, too.
 */
export async function refusingDuplicates<Result>(
  index: string,
  refusal: () => DomainError,
  write: () => Promise<Result>,
): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    throw violatesUnique(error, index) ? refusal() : error;
  }
}

/** The refusal of an `external_id` that another resource of its kind has in the account. */
export const duplicateExternalId = (kind: string): DomainError =>
  new DomainError('duplicate_external_id', {
    detail: `Another ${kind} of this account has this external_id.`,
    errors: [{ field: 'external_id', code: 'duplicate', message: 'must be unique in the account' }],
  });

/** Whether an error is the violation of the unique index or constraint of that name. */
const violatesUnique = (error: unknown, constraint: string): boolean =>
  error instanceof QueryFailedError &&
  (error.driverError as { code?: string }).code === '23505' &&
  (error.driverError as { constraint?: string }).constraint === constraint;
