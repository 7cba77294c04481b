import { type EntityManager, type FindOptionsWhere, QueryFailedError } from 'typeorm';
import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import type { Owned, OwnedKind } from './owned.js';

/**
 * Runs a write. Where it would break the unique index of that name, `refusal` is thrown in its place: the index and not a
 * look beforehand decides, so that the rule holds for writes that race, too.
 */
export async function refusingDuplicates<Result>(
  index: string,
  refusal: () => Promise<DomainError>,
  write: () => Promise<Result>,
): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    throw violatesUnique(error, index) ? await refusal() : error;
  }
}

/**
 * The refusal of an `external_id` that another resource of its kind has in the account. It names that one, unless it has gone meanwhile.
 *
 * @param input of a create, or of an update with its `patch`
 */
export async function duplicateExternalId<Row extends Owned>(
  manager: EntityManager,
  { entity, name }: OwnedKind<Row>,
  { accountId }: Pick<RequestContext, 'accountId'>,
  input: { external_id?: string | null | undefined; patch?: { external_id?: string | null | undefined } },
): Promise<DomainError> {
  const where = { account_id: accountId, external_id: input.patch?.external_id ?? input.external_id };
  const holder = await manager.findOne(entity, { where: where as unknown as FindOptionsWhere<Row> });
  return new DomainError('duplicate_external_id', {
    detail: `Another ${name} of this account has this external_id.`,
    errors: [
      {
        field: 'external_id',
        code: 'duplicate',
        message: 'must be unique in the account',
        ...(holder && { existing_id: holder.id }),
      },
    ],
  });
}

/** Whether an error is the violation of the unique index or constraint of that name. */
const violatesUnique = (error: unknown, constraint: string): boolean =>
  error instanceof QueryFailedError &&
  (error.driverError as { code?: string }).code === '23505' &&
  (error.driverError as { constraint?: string }).constraint === constraint;
