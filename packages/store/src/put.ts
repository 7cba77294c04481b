import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import type { EntityManager, FindOptionsWhere } from 'typeorm';
import type { Owned, OwnedKind } from './owned.js';

/** What became of a row; `before` is null where it was created. */
interface Written<Row> {
  readonly before: Row | null;
  readonly after: Row;
}

interface Put<Row, Written> {
  readonly externalId: string;
  readonly create: () => Promise<Written>;
  readonly change: (row: Row) => Promise<Written>;
}

/**
 * Changes the account's row that carries an id of the client's own, under its lock, or creates it.
 *
 * @throws DomainError `precondition_failed` where there is a row and none was wanted, or the other way round
 */
export async function putByExternalId<Row extends Owned, Change extends Written<Row>>(
  tx: EntityManager,
  { entity, name }: OwnedKind<Row>,
  { accountId, ifMatch, ifNoneMatch }: RequestContext,
  { externalId, create, change }: Put<Row, Change>,
): Promise<Change> {
  const row = await tx.findOne(entity, {
    where: { account_id: accountId, external_id: externalId } as unknown as FindOptionsWhere<Row>,
    lock: { mode: 'pessimistic_write' },
  });
  if (row && !ifNoneMatch) return change(row);
  if (!row && !ifMatch) return create();
  throw row
    ? new DomainError('precondition_failed', {
        detail: `There is a ${name} with this external_id already. Leave If-None-Match out to change it.`,
        version: row.version,
      })
    : new DomainError('precondition_failed', {
        detail: `There is no ${name} with this external_id. Leave If-Match out to create it.`,
      });
}

/** Of two that create at once the second finds the row of the first when it tries again; a row that comes and goes is refused in the end. */
const TRIES = 3;

/** Runs a write by {@link putByExternalId}, again where another one has created the row meanwhile. */
export async function retryingPut<Result>(write: () => Promise<Result>): Promise<Result> {
  for (let left = TRIES - 1; ; left--) {
    try {
      return await write();
    } catch (error) {
      if (left === 0 || !(error instanceof DomainError && error.code === 'duplicate_external_id')) throw error;
    }
  }
}

/** Refuses a body that says another external id than its path. */
export function checkExternalId(externalId: string, said: string | null | undefined): void {
  if (said === undefined || said === externalId) return;
  throw DomainError.invalid({
    field: 'external_id',
    code: 'differs_from_path',
    message: 'must be the one in the path, or be left out',
  });
}
