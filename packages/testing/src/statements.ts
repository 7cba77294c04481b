import { boundedReadsOf } from '@nexivo/store/bounded-reads';
import { poolOf, type Queryable, type Statement } from '@nexivo/store/pool';

type Database = Parameters<typeof poolOf>[0];

/** The statements that work makes a service of this process ask past TypeORM, on the connections of its lists as well. */
export async function statementsOf(database: Database, work: () => Promise<unknown>): Promise<Statement[]> {
  const statements: Statement[] = [];
  const noted = (connection: Queryable): Queryable['query'] => {
    const ask = connection.query.bind(connection);
    return (statement) => {
      statements.push(statement);
      return ask(statement);
    };
  };
  const pool = poolOf(database);
  const reads = boundedReadsOf(database);
  const query = pool.query.bind(pool);
  const run = reads.run.bind(reads);
  pool.query = noted(pool);
  reads.run = (read) => run((connection) => read({ query: noted(connection) }));
  try {
    await work();
  } finally {
    pool.query = query;
    reads.run = run;
  }
  return statements;
}

/** What a statement did, on a connection for lists (PostgreSQL, EXPLAIN, format JSON). */
export async function planOf<Node>(database: Database, { text, values }: Statement): Promise<Node> {
  const statement = { text: `explain (analyze, buffers, format json) ${text}`, values };
  const { rows } = await boundedReadsOf(database).run((connection) =>
    connection.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(statement),
  );
  return rows[0]!['QUERY PLAN'][0].Plan;
}
