import {
  type EntityManager,
  type EntityMetadata,
  type ObjectLiteral,
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
} from 'typeorm';
import { poolOf, prepared, preparedUpdate, type Queryable, type Statement } from './pool.js';
import { type RawRow, type RowReading, rowReading } from './raw-rows.js';

/** Columns that Postgres gives their values, by expressions of SQL in which `$1` is the account's id. */
type ColumnsBySql = Readonly<Record<string, string>>;

/**
 * The statements on single rows of a table that writes are made of, prepared: TypeORM takes longer to write one than Postgres takes to run
 * it, and has it parsed and planned each time. For entities whose members are named as their columns are, and whose primary key is
 * `account_id`, `id`.
 */
export class RowStatements<Row extends ObjectLiteral> {
  private readonly reading: RowReading<Row>;
  private readonly selectOne: string;

  private constructor(private readonly metadata: EntityMetadata) {
    this.reading = rowReading<Row>(metadata);
    this.selectOne = `select ${this.reading.columns.join(', ')} from ${metadata.tablePath} where account_id = $1 and id = $2`;
  }

  private static readonly known = new WeakMap<EntityMetadata, RowStatements<ObjectLiteral>>();

  static of<Row extends ObjectLiteral>(metadata: EntityMetadata): RowStatements<Row> {
    let statements = this.known.get(metadata);
    if (!statements) this.known.set(metadata, (statements = new RowStatements<ObjectLiteral>(metadata)));
    return statements as unknown as RowStatements<Row>;
  }

  /** @param forUpdate whether the row is locked until the end of the transaction */
  async find(manager: EntityManager, accountId: string, id: string, forUpdate: boolean): Promise<Row | undefined> {
    const text = forUpdate ? `${this.selectOne} for update` : this.selectOne;
    const [raw] = await queryIn(manager, prepared(text, [accountId, id]));
    return raw && this.reading.toRow(raw);
  }

  /** @returns the columns that `row` did not have: those of `bySql`, and those with a default */
  async insert(tx: EntityManager, row: Row, bySql: ColumnsBySql = {}): Promise<Partial<Row>> {
    const given = this.metadata.columns.filter(
      ({ databaseName: name }) => name !== 'account_id' && !(name in bySql) && row[name] !== undefined,
    );
    const names = ['account_id', ...given.map(({ databaseName }) => databaseName)];
    const values = [...names.map((_name, index) => `$${index + 1}`), ...Object.values(bySql)];
    const made = this.reading.columns.filter((name) => !names.includes(name));
    const text = `insert into ${this.metadata.tablePath} (${[...names, ...Object.keys(bySql)].join(', ')})
      values (${values.join(', ')}) ${returning(made)}`;
    const [raw] = await queryIn(tx, prepared(text, [row['account_id'], ...this.parameters(given, row)]));
    return (raw ?? {}) as Partial<Row>;
  }

  /** @returns the columns of `bySql` */
  async update(
    tx: EntityManager,
    accountId: string,
    id: string,
    values: Partial<Row>,
    bySql: ColumnsBySql,
  ): Promise<Partial<Row>> {
    const given = this.metadata.columns.filter(({ databaseName: name }) => values[name] !== undefined);
    const assignments = [
      ...given.map(({ databaseName }, index) => `${databaseName} = $${index + 3}`),
      ...Object.entries(bySql).map(([name, sql]) => `${name} = ${sql}`),
    ];
    const text = `update ${this.metadata.tablePath} set ${assignments.join(', ')}
      where account_id = $1 and id = $2 ${returning(Object.keys(bySql))}`;
    const [raw] = await queryIn(tx, preparedUpdate(text, [accountId, id, ...this.parameters(given, values)]));
    return raw as Partial<Row>;
  }

  private parameters(columns: EntityMetadata['columns'], row: Partial<Row>): unknown[] {
    const { driver } = this.metadata.connection;
    return columns.map((column) => driver.preparePersistentValue(row[column.databaseName], column));
  }
}

const returning = (columns: readonly string[]): string =>
  columns.length === 0 ? '' : `returning ${columns.join(', ')}`;

/**
 * Runs a statement, on the connection of its transaction if the manager is one's.
 *
 * @throws QueryFailedError as TypeORM does
 */
export const queryIn = async (manager: EntityManager, statement: Statement): Promise<RawRow[]> =>
  (await startIn(manager, statement)).answer;

/** As {@link queryIn}, and ends when the statement is on its way. */
export async function startIn(manager: EntityManager, statement: Statement): Promise<{ answer: Promise<RawRow[]> }> {
  const connection = await connectionOf(manager);
  return { answer: answerOf(connection, statement) };
}

async function answerOf(connection: Queryable, statement: Statement): Promise<RawRow[]> {
  try {
    return (await connection.query(statement)).rows;
  } catch (error) {
    throw new QueryFailedError(statement.text, statement.values, error as Error);
  }
}

async function connectionOf({ queryRunner, connection }: EntityManager): Promise<Queryable> {
  if (!queryRunner) return poolOf(connection);
  if (queryRunner.isReleased) throw new QueryRunnerAlreadyReleasedError();
  return (await queryRunner.connect()) as Queryable;
}
