import DataLoader from 'dataloader';
import type { DataSource } from 'typeorm';
import { currentContext, runInContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { JsonText, Reply } from '@nexivo/bus/reply';
import type { Owned, ResourceKind } from './owned.js';
import { poolOf, prepared } from './pool.js';
import { asJson, type RowReading } from './raw-rows.js';

/** Of one row. */
interface Key {
  readonly accountId: string;
  readonly id: string;
  /** How long its caller waits, by `performance.now()`. */
  readonly deadline: number;
}

/** A row that was found. */
interface Found<Resource> {
  readonly version: number;
  readonly json: JsonText<Resource>;
}

/** So many ids go into one statement. */
const BATCH = 100;

/**
 * Reads rows by their ids, the hottest read of every service. What arrives in one turn of the event loop shares a
 * statement, so a busy service asks Postgres once for many of its callers; and the statement is a prepared one on the
 * driver's own pool, past TypeORM, which would write and parse it anew each time.
 */
export class OwnedReader<Row extends Owned, Resource> {
  private readonly rows: DataLoader<Key, Found<Resource> | undefined>;
  private readonly reading: RowReading<JsonText<Resource>>;
  /** Planned once for a connection. The join below is planned anew each time, which takes longer than to read one row. */
  private readonly selectOne: string;
  private readonly selectMany: string;

  constructor(
    private readonly database: DataSource,
    private readonly kind: ResourceKind<Row, Resource>,
  ) {
    const metadata = database.getMetadata(kind.entity);
    this.reading = asJson<Resource>()(metadata);
    const { columns } = this.reading;
    this.selectOne = `select ${columns.join(', ')} from ${metadata.tablePath} where account_id = $1 and id = $2`;
    this.selectMany = `select ${columns.join(', ')} from unnest($1::uuid[], $2::uuid[]) as wanted (account_id, id)
                       join ${metadata.tablePath} using (account_id, id)`;
    this.rows = new DataLoader((keys) => this.readShared(keys), {
      // A row may have changed since the last time.
      cache: false,
      maxBatchSize: BATCH,
      batchScheduleFn: (read) => void setImmediate(read),
    });
  }

  /**
   * The account's row of that id, as an answer.
   *
   * @throws DomainError `not_found`, for another account's row too
   */
  async get(accountId: string, id: string): Promise<Reply<JsonText<Resource>>> {
    const { deadline = Infinity } = currentContext() ?? {};
    const row = await this.rows.load({ accountId, id, deadline });
    if (!row) throw DomainError.notFound(this.kind.name);
    return new Reply(row.json, { version: row.version });
  }

  /** The account's rows of those ids; ids that name nothing are left out. */
  async getMany(accountId: string, ids: readonly string[]): Promise<JsonText<Resource>[]> {
    const { deadline = Infinity } = currentContext() ?? {};
    const rows = await Promise.all(ids.map((id) => this.rows.load({ accountId, id, deadline })));
    return rows.flatMap((row) => (row ? [row.json] : []));
  }

  /** Of no account, and for as long as one of its callers waits. */
  private readShared(keys: readonly Key[]): Promise<(Found<Resource> | undefined)[]> {
    const deadline = Math.max(...keys.map((key) => key.deadline));
    const context = { accountId: '', requestId: '', ...(deadline < Infinity && { deadline }) };
    return runInContext(context, () => this.read(keys));
  }

  /** In the order of the keys, as the loader wants it. */
  private async read(keys: readonly Key[]): Promise<(Found<Resource> | undefined)[]> {
    const [first] = keys as [Key];
    const { types, toRow } = this.reading;
    const statement =
      keys.length === 1
        ? prepared(this.selectOne, [first.accountId, first.id], types)
        : prepared(this.selectMany, [keys.map(({ accountId }) => accountId), keys.map(({ id }) => id)], types);
    const { rows } = await poolOf(this.database).query(statement);
    const found = new Map(
      rows.map((row) => [
        `${String(row['account_id'])}/${String(row['id'])}`,
        { version: row['version'] as number, json: toRow(row) },
      ]),
    );
    return keys.map(({ accountId, id }) => found.get(`${accountId}/${id}`));
  }
}
