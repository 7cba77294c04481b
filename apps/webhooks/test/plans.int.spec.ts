import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deliveries } from '@nexivo/contracts/deliveries';
import type { Statement } from '@nexivo/store/pool';
import { fillLog } from '@nexivo/testing/many-rows';
import { planOf, statementsOf } from '@nexivo/testing/statements';
import { callFor, startWorld, type World } from '@nexivo/testing/world';
import { DataSource } from 'typeorm';
import { newWebhook, startWebhooks } from './webhooks-under-test.js';

/** A node of a plan that was carried out (PostgreSQL, EXPLAIN, format JSON). */
interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

const LARGE = 60_000;
/** A page, and the row that tells whether another follows. */
const PAGE = 26;

let world: World;
let source: DataSource;
let webhook: string;
const context = callFor();

beforeAll(async () => {
  world = await startWorld();
  source = (await startWebhooks(world)).get(DataSource);
  webhook = (await newWebhook(world, context, { status: 'disabled' })).id;
  const other = await newWebhook(world, context, { status: 'disabled' });
  await fillLog(world.sql, context.accountId, webhook, LARGE);
  await fillLog(world.sql, context.accountId, other.id, LARGE / 3);
  await world.sql('webhooks', 'vacuum analyze deliveries');
});
afterAll(() => world.stop());

/** The statements that a list makes the service ask of the log. */
async function statementsOfList(query: Record<string, string>): Promise<Statement[]> {
  const input = deliveries.list.input.parse({ ...query, id: webhook });
  const statements = await statementsOf(source, () => world.bus.request(deliveries.list, input, context));
  return statements.filter(({ text }) => text.includes('"deliveries"'));
}

/** How many rows or entries of an index each scan of a statement looked at, the most of all. */
async function looked(statement: Statement): Promise<number> {
  const plan = await planOf<PlanNode>(source, statement);
  const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
  const scans = nodesOf(plan).filter((node) => node['Node Type'].includes('Scan'));
  return Math.max(
    ...scans.map(
      (node) =>
        (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) *
        node['Actual Loops'],
    ),
  );
}

const OUTAGE = Math.floor(LARGE / 50) + 1;

describe('a page of a long log', () => {
  it.each<[string, Record<string, string>, number]>([
    ['of all', {}, PAGE],
    ['of all by last change', { sort: '-updated_at' }, PAGE],
    ['of what nearly all have', { status: 'succeeded' }, 2 * PAGE],
    ['of a common type', { event_type: 'candidate.updated' }, PAGE],
    ['of a time', { created_before: daysAgo(20), created_after: daysAgo(28) }, PAGE],
    ['of what changed since', { updated_after: daysAgo(20), sort: 'updated_at' }, PAGE],
    ['of what succeeded in a time', { status: 'succeeded', created_before: daysAgo(10) }, 2 * PAGE],
    ['of a type in a time', { event_type: 'submission.created', created_before: daysAgo(10) }, PAGE],
    ['by cursor, of what succeeded', { status: 'succeeded', cursor: 'start' }, 2 * PAGE],
    ['by cursor, of what failed, which is all old', { status: 'failed', cursor: 'start' }, PAGE],
    ['by cursor, of a rare type', { event_type: 'job.closed', cursor: 'start' }, PAGE],
  ])('reads hardly more than it shows: %s', async (_, query, most) => {
    const statements = await statementsOfList(query);
    // The last one, if there are two: the one before it has found that the list is too long to be counted.
    expect(statements.length).toBeGreaterThan(0);
    expect(await looked(statements.at(-1)!)).toBeLessThanOrEqual(most);
  });
});

describe('a short list in a long log', () => {
  it.each<[string, Record<string, string>, number]>([
    ['of what failed', { status: 'failed' }, OUTAGE],
    ['of what is pending', { status: 'pending' }, LARGE / 100],
    // Longer than what is counted: it is walked through in its order, until the page is full.
    ['of what is not done', { status: 'pending,failed' }, 2 * (OUTAGE + LARGE / 100)],
    ['of a rare type', { event_type: 'job.closed' }, LARGE / 1_000],
    ['of a rare type that failed', { event_type: 'job.closed', status: 'failed' }, OUTAGE],
    ['of what failed, by last change', { status: 'failed', sort: '-updated_at' }, OUTAGE],
  ])('is found without looking at others: %s', async (_, query, most) => {
    for (const statement of await statementsOfList(query)) expect(await looked(statement)).toBeLessThanOrEqual(most);
  });
});

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}
