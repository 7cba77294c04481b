import { parseArgs } from 'node:util';
import type { Nexivo } from '../client.js';
import type { EventType } from '../generated/types.js';
import { UsageError } from './command.js';
import { type Output, printMany } from './output.js';

export const FEED_USAGE =
  'nexivo events [--since TIME | --after ID] [--events TYPE,TYPE] [--follow] [--limit 25] [--json]';

/** Shows events: the newest ones, those from a place on, or all that come. */
export async function showEvents(client: Nexivo, args: string[], output: Output, signal: AbortSignal): Promise<void> {
  const { since, after, events, follow, limit } = options(args);
  const type = typesOf(events);
  const show = (rows: readonly object[]): void => printMany(output, rows.map(output.isJson ? asItIs : inShort));
  if (follow) {
    for await (const event of client.events.follow({ since: since ?? new Date().toISOString(), after, type, signal })) {
      output.write(output.isJson ? `${JSON.stringify(event)}\n` : `${Object.values(inShort(event)).join('  ')}\n`);
    }
    return;
  }
  const isFromPlace = since !== undefined || after !== undefined;
  const newestFirst = { type, sort: '-recorded_at' as const };
  const list = client.events.list(isFromPlace ? { since, after, type } : newestFirst, { signal });
  const rows = await list.toArray({ limit: Number(limit) });
  show(isFromPlace ? rows : rows.toReversed());
}

/** Types of events, separated by commas; the API says what is none. */
export const typesOf = (events: string | undefined): EventType[] | undefined =>
  events?.split(',').map((each) => each.trim() as EventType);

function options(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    const known = {
      since: text,
      after: text,
      events: text,
      limit: { ...text, default: '25' },
      follow: { type: 'boolean' },
    } as const;
    return parseArgs({ args, options: known }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${FEED_USAGE}`);
  }
}

const asItIs = (event: object): Record<string, unknown> => ({ ...event });

function inShort(event: object): Record<string, unknown> {
  const { created_at, type, data, id } = event as {
    created_at: string;
    type: string;
    data: { object: { id: string } };
    id: string;
  };
  return { created_at, type, object: data.object.id, id };
}
