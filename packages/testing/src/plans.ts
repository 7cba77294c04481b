import pg from 'pg';
import { askDatabase } from './sql.js';

/** A statement that was sent to Postgres, with its parameters. */
interface Sent {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A node of a plan that was carried out (PostgreSQL, EXPLAIN, format JSON). */
interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/** How a statement has read a table. */
export interface Scan {
  readonly how: string;
  readonly table: string;
  /** Rows, or entries of an index, that it looked at. */
  readonly rows: number;
  readonly text: string;
}

/**
 * Does work, and then has every read that services of this process asked of Postgres meanwhile carried out once more, to see what it
 * looks at. Import this before they are started.
 *
 * @param url of the role of that service
 * @param tables the scans of these are told
 * @param accountId what has it among its parameters is looked at; the rest others ask meanwhile
 */
export async function scansOf(
  url: string,
  tables: readonly string[],
  accountId: string,
  work: () => Promise<unknown>,
): Promise<Scan[]> {
  const sent = (await statementsOf(work)).filter(({ values }) => values.includes(accountId));
  const scans = await Promise.all(sent.map(async (statement) => scansIn(await plan(url, statement), statement.text)));
  return scans.flat().filter(({ table }) => tables.includes(table));
}

const isRead = (text: string): boolean =>
  /^\s*(select|with)\b/i.test(text) && !/\b(insert|update|delete|set_config)\b/i.test(text);

/** Where statements are noted at the moment. */
let noted: Sent[] | undefined;
// oxlint-disable-next-line typescript/unbound-method -- it is called with its client
const query = pg.Client.prototype.query as (...parameters: unknown[]) => unknown;
// Before the services make their connections, which keep what they find here.
pg.Client.prototype.query = function (this: unknown, ...parameters: unknown[]): unknown {
  const [first, second] = parameters;
  const { text, values } = (typeof first === 'string' ? { text: first, values: second } : first) as Partial<Sent>;
  if (text && isRead(text)) noted?.push({ text, values: Array.isArray(values) ? [...values] : [] });
  return Reflect.apply(query, this, parameters);
} as typeof pg.Client.prototype.query;

async function statementsOf(work: () => Promise<unknown>): Promise<Sent[]> {
  const sent: Sent[] = (noted = []);
  try {
    await work();
  } finally {
    noted = undefined;
  }
  return sent;
}

/** At the size of a test Postgres may rather scan a table whole; what counts is whether an index leads to what is asked for. */
async function plan(url: string, { text, values }: Sent): Promise<PlanNode> {
  const withSettings = new URL(url);
  withSettings.searchParams.set('options', '-c enable_seqscan=off');
  const [row] = await askDatabase<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    withSettings.href,
    `explain (analyze, format json) ${text}`,
    values,
  );
  return row!['QUERY PLAN'][0].Plan;
}

function scansIn(node: PlanNode, text: string): Scan[] {
  const table = node['Relation Name'];
  const rows =
    (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) *
    node['Actual Loops'];
  const own = table === undefined ? [] : [{ how: node['Node Type'], table, rows, text }];
  return [...own, ...(node.Plans ?? []).flatMap((child) => scansIn(child, text))];
}
