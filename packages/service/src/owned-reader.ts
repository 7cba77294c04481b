import type { DataSource } from 'typeorm';
import { DomainError } from './domain-error.js';
import type { Owned, OwnedKind } from './owned.js';
import { poolOf, prepared } from './pool.js';
import { type RowReading, rowReading } from './raw-rows.js';

interface Waiting<Row> {
  readonly accountId: string;
  readonly id: string;
  resolve(row: Row | undefined): void;
  reject(error: unknown): void;
}

/** So many ids go into one statement. */
const BATCH = 100;

/**
 * Reads single rows by their ids, the hottest read of every service. What arrives in one turn of the event loop shares a
 * statement, so a busy service asks Postgres once for many of its callers; and the statement is a prepared one on the
 * driver's own pool, past TypeORM, which would write and parse it anew each time.
 */
export class OwnedReader<Row extends Owned> {
  private waiting: Waiting<Row>[] = [];
  private readonly sql: string;
  private readonly toRow: RowReading<Row>['toRow'];

  constructor(
    private readonly database: DataSource,
    private readonly kind: OwnedKind<Row>,
  ) {
    const metadata = database.getMetadata(kind.entity);
    const { tablePath } = metadata;
    const { columns, toRow } = rowReading<Row>(metadata);
    this.toRow = toRow;
    this.sql = `select ${columns.join(', ')} from unnest($1::uuid[], $2::uuid[]) as wanted (account_id, id)
                join ${tablePath} using (account_id, id)`;
  }

  /**
   * As `findOwned`, for whoever needs no lock.
   *
   * @throws DomainError `not_found`, for another account's row too
   */
  async find(accountId: string, id: string): Promise<Row> {
    const row = await new Promise<Row | undefined>((resolve, reject) => {
      if (this.waiting.push({ accountId, id, resolve, reject }) === 1) setImmediate(this.ask);
    });
    if (!row) throw DomainError.notFound(this.kind.name);
    return row;
  }

  private readonly ask = (): void => {
    const all = this.waiting;
    this.waiting = [];
    for (let at = 0; at < all.length; at += BATCH) void this.answer(all.slice(at, at + BATCH));
  };

  private async answer(batch: readonly Waiting<Row>[]): Promise<void> {
    const keyOf = (accountId: unknown, id: unknown): string => `${String(accountId)}/${String(id)}`;
    const wanted = new Map(batch.map(({ accountId, id }) => [keyOf(accountId, id), { accountId, id }]));
    try {
      const { rows } = await poolOf(this.database).query(
        prepared(this.sql, [
          [...wanted.values()].map(({ accountId }) => accountId),
          [...wanted.values()].map(({ id }) => id),
        ]),
      );
      const found = new Map(rows.map((row) => [keyOf(row['account_id'], row['id']), this.toRow(row)]));
      for (const each of batch) each.resolve(found.get(keyOf(each.accountId, each.id)));
    } catch (error) {
      for (const each of batch) each.reject(error);
    }
  }
}
