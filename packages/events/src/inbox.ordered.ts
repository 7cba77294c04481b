import { parseEventSubject } from '@nexivo/contracts/events';
import type { DataSource, EntityManager } from 'typeorm';
import type { ConsumerPlace } from './consumer.place.js';
import type { OrderedMessage } from './consumer.tenure.js';
import {
  type Admitted,
  type Arrival,
  type DueMessage,
  Inbox,
  IS_DUE,
  longestWaitMs,
  stateOf,
  storable,
  type Waiting,
} from './inbox.js';
import { type ParkedMessage, parkedMessageOf } from './read-event.js';

/** What an event waits for that is held back: to be the first of its object. */
const BEHIND: Waiting = { attempts: 0, reason: 'waits for an earlier event of its object', dueInMs: 0 };

/**
 * What a consumer that keeps the order remembers: its place in the stream, and the events that wait or are dead. While one of an
 * object waits, those that follow it wait behind it.
 */
export class OrderedInbox extends Inbox<OrderedMessage> {
  constructor(
    database: DataSource,
    consumer: string,
    private readonly place: ConsumerPlace,
  ) {
    super(database, consumer);
  }

  /** @throws PlaceLost */
  override async admit(tx: EntityManager, arrivals: readonly Arrival<OrderedMessage>[]): Promise<Admitted> {
    const [first] = arrivals;
    const last = arrivals.at(-1);
    if (!first || !last) return { events: [], heldBack: [] };
    const place = await this.place.lock(tx, first.message.after);
    const { known, waiting } = await this.lookUp(tx, arrivals);
    const result = { events: [] as Arrival<OrderedMessage>[], heldBack: [] as Arrival<OrderedMessage>[] };
    for (const arrival of arrivals) {
      const { event } = arrival.received;
      if (arrival.message.seq <= place || known.has(event.id)) continue;
      known.add(event.id);
      (waiting.has(event.data.object.id) ? result.heldBack : result.events).push(arrival);
    }
    for (const { message, received } of result.heldBack) {
      await this.insert(tx, received.event.id, parkedMessageOf(message), BEHIND);
    }
    await this.place.move(tx, last.message.seq);
    const receivedOf = (some: readonly Arrival<OrderedMessage>[]) => some.map(({ received }) => received);
    return { events: receivedOf(result.events), heldBack: receivedOf(result.heldBack) };
  }

  /** @throws PlaceLost */
  override park(id: string, message: ParkedMessage, waiting: Waiting, from: OrderedMessage): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if (from.seq <= (await this.place.lock(tx, from.after))) return false;
      await this.place.move(tx, from.seq);
      return this.insert(tx, id, message, waiting);
    });
  }

  override async claim(delaysMs: readonly number[], leaseMs: number): Promise<DueMessage | undefined> {
    const [[claimed]] = await this.database.query<[DueMessage[], number]>(
      `update inbox set
         attempts = attempts + 1,
         due_at = clock_timestamp() + coalesce(($2::float8[])[attempts + 1], $3) * interval '1 ms'
       where consumer = $1 and event_id = (
         select event_id from inbox
         where consumer = $1 and state = 'retry' and ${IS_DUE} and not exists (
           select from inbox earlier
           where earlier.consumer = $1 and earlier.state = 'retry' and earlier.object_id = inbox.object_id
             and earlier.place < inbox.place)
         order by due_at, place limit 1 for update skip locked)
       returning event_id as id, attempts, subject, version, traceparent, json`,
      [this.consumer, delaysMs, leaseMs, longestWaitMs(delaysMs, leaseMs)],
    );
    return claimed;
  }

  /** Forgets the message: its event is known to whoever handles it. */
  override async complete(tx: EntityManager, { id, attempts }: DueMessage): Promise<boolean> {
    const [, completed] = await tx.query<[unknown[], number]>(
      `delete from inbox where consumer = $1 and event_id = $2 and state = 'retry' and attempts = $3`,
      [this.consumer, id, attempts],
    );
    return completed > 0;
  }

  /** Every event is new here. */
  override take(_tx: EntityManager, eventIds: readonly string[]): Promise<Set<string>> {
    return Promise.resolve(new Set(eventIds));
  }

  private async lookUp(
    tx: EntityManager,
    arrivals: readonly Arrival<OrderedMessage>[],
  ): Promise<{ known: Set<string>; waiting: Set<string> }> {
    const events = arrivals.map(({ received }) => received.event);
    const rows = await tx.query<{ event_id: string | null; object_id: string | null }[]>(
      `select event_id, null as object_id from inbox where consumer = $1 and event_id = any($2)
       union all
       select distinct null, object_id from inbox where consumer = $1 and object_id = any($3) and state = 'retry'`,
      [this.consumer, events.map(({ id }) => id), events.map(({ data }) => data.object.id)],
    );
    const present = (ids: readonly (string | null)[]): Set<string> => new Set(ids.filter((id) => id !== null));
    return {
      known: present(rows.map(({ event_id }) => event_id)),
      waiting: present(rows.map(({ object_id }) => object_id)),
    };
  }

  private async insert(
    tx: EntityManager,
    id: string,
    message: ParkedMessage,
    { attempts, reason, dueInMs }: Waiting,
  ): Promise<boolean> {
    const kept = await tx.query<unknown[]>(
      `insert into inbox (consumer, event_id, state, attempts, reason, due_at, subject, version, traceparent, json, object_id, place)
       values ($1, $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 ms', $7, $8, $9, $10, $11, nextval('inbox_place'))
       on conflict do nothing returning true`,
      [
        this.consumer,
        id,
        stateOf(dueInMs),
        attempts,
        storable(reason),
        dueInMs ?? null,
        message.subject,
        message.version,
        message.traceparent,
        message.json,
        objectOf(message),
      ],
    );
    return kept.length > 0;
  }
}

/** The object that a message is about, by its subject; by its payload where 0.1 published it; null if it does not say. */
function objectOf({ subject, json }: ParkedMessage): string | null {
  const named = parseEventSubject(subject)?.objectId;
  if (named !== undefined) return named;
  try {
    const { data } = JSON.parse(json) as { data?: { object?: { id?: unknown } } };
    return typeof data?.object?.id === 'string' ? data.object.id : null;
  } catch {
    return null;
  }
}
