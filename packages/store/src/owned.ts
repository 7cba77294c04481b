import { isDeepStrictEqual } from 'node:util';
import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import type { RequestContext } from '@nexivo/bus/context';
import { Reply } from '@nexivo/bus/reply';
import { DomainError } from '@nexivo/bus/domain-error';
import { changeTimeSql } from './change-time.js';
import { RowStatements } from './row-statements.js';

/** A row that belongs to an account. There is no finder without an account id, here or in any service. */
export interface Owned extends ObjectLiteral {
  account_id: string;
  id: string;
  /** Goes up by one with every change; what an ETag is made of. */
  version: number;
  updated_at: Date;
}

/** What is owned and what people call it. */
export interface OwnedKind<Row extends Owned> {
  readonly entity: EntityTarget<Row>;
  /** For errors: "There is no such candidate." */
  readonly name: string;
  /** Columns that follow from others and are no part of what people see: what they become with a row whose `changed` were changed. */
  readonly derived?: (row: Row, changed: readonly (keyof Row)[]) => Partial<Row>;
  /** Whether copies are kept of its lists: each change is then later than all before it in the account, see {@link changeTimeSql}. */
  readonly isSynchronized?: boolean;
}

/** A kind of row that people see as a resource. */
export interface ResourceKind<Row extends Owned, Resource> extends OwnedKind<Row> {
  /** What the API shows of a row. */
  readonly toResource: (row: Row) => Resource;
}

/** The answer that shows a row. */
export const toReply = <Row extends Owned, Resource>(
  { toResource }: ResourceKind<Row, Resource>,
  row: Row,
): Reply<Resource> => new Reply(toResource(row), { version: row.version });

/**
 * The account's row of that id.
 *
 * @throws DomainError `not_found`, for another account's row too
 */
export async function findOwned<Row extends Owned>(
  manager: EntityManager,
  { entity, name }: OwnedKind<Row>,
  accountId: string,
  id: string,
  { forUpdate = false } = {},
): Promise<Row> {
  const row = await statementsOf<Row>(manager, entity).find(manager, accountId, id, forUpdate);
  if (!row) throw DomainError.notFound(name);
  return row;
}

/** What {@link changeOwned} did. */
export interface Change<Row> {
  before: Row;
  after: Row;
  /** The columns that differ now; empty when nothing did. */
  changed: (keyof Row)[];
}

/**
 * Changes the account's row of that id under its lock. A change that leaves every column as it was writes nothing: neither
 * `version` nor `updated_at` moves. `updated_at` never goes back, whatever the clock does.
 *
 * @param manager of a transaction
 * @param context whose account's row it is, and which versions of it the change was meant for
 * @param change given the row as it stands, the columns to set; it may refuse by throwing
 * @throws DomainError `not_found`, `precondition_failed`, and what `change` throws
 */
export async function changeOwned<Row extends Owned>(
  manager: EntityManager,
  kind: OwnedKind<Row>,
  { accountId, ifMatch }: Pick<RequestContext, 'accountId' | 'ifMatch'>,
  id: string,
  change: (row: Row) => Partial<Row> | Promise<Partial<Row>>,
): Promise<Change<Row>> {
  const before = await findOwned(manager, kind, accountId, id, { forUpdate: true });
  if (ifMatch && ifMatch !== '*' && !ifMatch.includes(before.version)) {
    throw new DomainError('precondition_failed', { version: before.version });
  }
  const wanted = await change(before);
  const changed = (Object.keys(wanted) as (keyof Row)[]).filter(
    (column) => wanted[column] !== undefined && !isDeepStrictEqual(wanted[column], before[column]),
  );
  if (changed.length === 0) return { before, after: before, changed };
  const columns = Object.fromEntries(changed.map((column) => [column, wanted[column]])) as Partial<Row>;
  const derived = kind.derived?.({ ...before, ...columns }, changed);
  const { version, updated_at } = await statementsOf<Row>(manager, kind.entity).update(
    manager,
    accountId,
    id,
    { ...columns, ...derived },
    { version: 'version + 1', updated_at: changedAt(manager, kind) },
  );
  return { before, after: { ...before, ...columns, version: version!, updated_at: updated_at! }, changed };
}

/**
 * Makes the version of the account's row greater than one that was shown of it already, as a database that was restored to an older state has to.
 *
 * @param manager of a transaction
 * @returns the row as it is now, and whether it had to change; undefined where there is none
 */
export async function outgrow<Row extends Owned>(
  manager: EntityManager,
  kind: OwnedKind<Row>,
  accountId: string,
  id: string,
  shown: number,
): Promise<{ row: Row; hasChanged: boolean } | undefined> {
  const statements = statementsOf<Row>(manager, kind.entity);
  const row = await statements.find(manager, accountId, id, true);
  if (!row || row.version > shown) return row ? { row, hasChanged: false } : undefined;
  const values = { version: shown + 1 } as Partial<Row>;
  const { updated_at } = await statements.update(manager, accountId, id, values, {
    updated_at: changedAt(manager, kind),
  });
  return { row: { ...row, ...values, updated_at: updated_at! }, hasChanged: true };
}

/** The statement's clock, not the transaction's: a change that waited for the lock is later than the one that it waited for. */
const changedAt = <Row extends Owned>(manager: EntityManager, { entity, isSynchronized }: OwnedKind<Row>): string => {
  const { tableName } = manager.connection.getMetadata(entity);
  return `greatest(${isSynchronized ? changeTimeSql(tableName, '$1') : 'clock_timestamp()'}, updated_at)`;
};

/**
 * Inserts a row.
 *
 * @param bySql columns that Postgres gives their values: by expressions in which `$1` is the account's id
 * @returns the row, with those and with the defaults of others
 */
export async function insertOwned<Row extends Owned>(
  tx: EntityManager,
  { entity }: Pick<OwnedKind<Row>, 'entity'>,
  row: Row,
  bySql: Readonly<Record<string, string>> = {},
): Promise<Row> {
  return Object.assign(row, await statementsOf<Row>(tx, entity).insert(tx, row, bySql));
}

const statementsOf = <Row extends Owned>(
  { connection }: EntityManager,
  entity: EntityTarget<Row>,
): RowStatements<Row> => RowStatements.of<Row>(connection.getMetadata(entity));
