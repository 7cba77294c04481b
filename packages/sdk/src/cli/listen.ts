import { parseArgs } from 'node:util';
import type { Nexivo } from '../client.js';
import type { WebhookEvent } from '../generated/types.js';
import { sleep } from '../retry.js';
import { UsageError } from './command.js';
import { deliver, type Outcome } from './deliver.js';
import { typesOf } from './feed.js';
import { ListenMemory } from './listen-state.js';
import type { Output } from './output.js';

export const LISTEN_USAGE = 'nexivo listen --forward-to URL [--events TYPE,TYPE] [--since TIME]';

/** A receiver that answers so often that it will not have an event has a fault, and is told of the next one. */
const MAX_REFUSALS = 5;
const LONGEST_PAUSE_MS = 10_000;
/** Whoever answers so is away, or somebody in front of him. */
const AWAY = new Set([429, 502, 503, 504]);

/**
 * Forwards each event to a receiver on one's own machine, one after the other: in order for each object, at least once, and on from where
 * it stopped. Without a memory and a time to begin at it begins now.
 */
export async function listen(
  client: Nexivo,
  baseUrl: string,
  args: string[],
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { url, events, since } = options(args);
  const { account } = await client.account.me({ signal });
  const memory = new ListenMemory(baseUrl, account.id, url);
  const { secret, after } = memory.read();
  const begin = since === undefined ? (after ?? (await newest(client, signal))) : undefined;
  const remember = (place: string | undefined): void =>
    memory.write({ secret, ...(place !== undefined && { after: place }) });
  remember(begin);
  output.write(
    `forwarding to ${url}, ${begin === undefined ? `from ${since ?? 'the first event'} on` : `on behind ${begin}`}\n`,
  );
  output.write(`signing with ${secret}\n`);
  for await (const event of client.events.follow({
    after: begin,
    since,
    type: typesOf(events),
    pollMs: 1_000,
    signal,
  })) {
    await forward(url, secret, event, output, signal);
    remember(event.id);
  }
}

/** Until it is taken, however long the receiver is away. */
async function forward(
  url: string,
  secret: string,
  event: WebhookEvent,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 0, refusals = 0; ; attempt++) {
    const began = performance.now();
    const outcome = await deliver(url, secret, event, signal);
    const tookMs = Math.round(performance.now() - began);
    const said = 'status' in outcome ? String(outcome.status) : outcome.error;
    output.write(
      `${new Date().toISOString()}  ${said}  ${tookMs} ms  ${event.type}  ${event.data.object.id}  ${event.id}\n`,
    );
    if (isTaken(outcome)) return;
    if ('status' in outcome && !AWAY.has(outcome.status) && ++refusals === MAX_REFUSALS) {
      return output.write(`given up after ${MAX_REFUSALS} refusals; nexivo get events ${event.id} shows it\n`);
    }
    await sleep(Math.min(500 * 2 ** attempt, LONGEST_PAUSE_MS), signal);
  }
}

const isTaken = (outcome: Outcome): boolean => 'status' in outcome && outcome.status >= 200 && outcome.status < 300;

/** The place from which on everything is yet to come. */
async function newest(client: Nexivo, signal: AbortSignal): Promise<string | undefined> {
  const { data } = await client.events.list({ sort: '-recorded_at', per_page: 1 }, { signal }).page();
  return data[0]?.id;
}

function options(args: string[]): { url: string; events: string | undefined; since: string | undefined } {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ args, options: { 'forward-to': text, events: text, since: text } });
    const url = new URL(values['forward-to'] ?? '');
    if (!/^https?:$/.test(url.protocol)) throw new TypeError('--forward-to is not a URL of http or https');
    return { url: url.href, events: values.events, since: values.since };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${LISTEN_USAGE}`);
  }
}
