import { setTimeout as delay } from 'node:timers/promises';
import type { JetStreamManager, StoredMsg } from '@nats-io/jetstream';
import { millis } from '@nats-io/transport-node';
import { BusConnection } from '@nexivo/bus/connection';
import { newId } from '@nexivo/bus/new-id';
import { type EventObject, type EventType, EVENT_TYPES, type StoredEvent } from '@nexivo/contracts/events';
import { busEnv, serviceEnv } from '@nexivo/runtime/env';
import { createLogger } from '@nexivo/runtime/logging';
import { readEnvOrExit } from '@nexivo/runtime/exit';
import { type DatabaseOptions, databaseTime, dataSourceOptions } from '@nexivo/store/database';
import { type Owned, outgrow, type ResourceKind } from '@nexivo/store/owned';
import { DataSource, type EntityManager } from 'typeorm';
import { appendToOutbox, changedFrom } from './outbox.js';
import { parkedMessageOf, readEvent } from './read-event.js';
import { jetStreamOf, STREAM } from './stream.js';

/** How events about one kind of resource are taken back that a restored database knows nothing of. */
export interface TakingBack<Row extends Owned, Type extends EventType> {
  readonly kind: ResourceKind<Row, EventObject<Type>>;
  /** The type of event that tells how an object is now. */
  readonly changed: Type;
  /** The type that tells that an object is no more, and how it is shown then: there is no row of it. */
  readonly gone: Type;
  readonly asGone: (now: string) => Partial<EventObject<Type>>;
}

/** What {@link takeBack} has done. */
interface TakenBack {
  /** Events of the stream that the database knows nothing of. */
  readonly events: number;
  /** Objects that are older in the database than was told of them, and of which it is told again how they are. */
  readonly changed: number;
  /** Objects that are not in the database, and of which it is told that they are no more. */
  readonly gone: number;
  /** Events that are published again because a consumer's effect may be lost with what was committed after the backup. */
  readonly republished: number;
}

/** How far the outbox knows the stream, by sequence numbers. */
interface Known {
  /** Up to where every event of this service is one of this database. */
  published: number;
  /** Up to where all consumers had come, their effects included. */
  consumed: number;
}

/**
 * Brings the events of a database that was restored to an older state, and what subscribers were told, together again. To be run once, after the
 * restore and before the service starts; a second run does nothing more.
 *
 * What the stream has and the database has not was told already, to whoever was quick: of each such object a new event tells how it is now, under a
 * version greater than all that were told, so that neither a subscriber nor an `ETag` takes the old for newer. What the database has and
 * consumers may not have is published again; they know by its id what they have had.
 *
 * @param outbox of the restored database; several services' have to be of one moment
 * @param report is told what it waits for
 * @throws if the stream or the database cannot be asked
 */
async function takeBack<Row extends Owned, Type extends EventType>(
  outbox: DataSource,
  bus: BusConnection,
  options: TakingBack<Row, Type>,
  report: (line: string) => void,
): Promise<TakenBack> {
  const manager = await jetStreamOf(bus).jetstreamManager(false);
  const { created: streamId, config } = await manager.streams.info(bus.names.name(STREAM));
  const known = await knownOf(outbox.manager, streamId);
  const { told, events } = await toldSince(outbox.manager, bus, manager, options.kind.name, known.published);
  let [changed, gone] = [0, 0];
  for (const event of told.values()) {
    const what = await outbox.transaction((tx) => tellAgain(tx, options, event as StoredEvent<Type>));
    if (what === 'changed') changed++;
    if (what === 'gone') gone++;
  }
  await untilForgotten(outbox.manager, streamId, millis(config.duplicate_window), report);
  const [, republished] = await outbox.query<[unknown[], number]>(
    `update outbox set published_at = null, stream_seq = null, stream_id = null
     where published_at is not null and stream_id = $1 and stream_seq > $2`,
    [streamId, known.consumed],
  );
  return { events, changed, gone, republished };
}

async function knownOf(outbox: EntityManager, streamId: string): Promise<Known> {
  const [{ published, consumed }] = await outbox.query<[{ published: string; consumed: string }]>(
    `select greatest(published, consumed) as published, consumed from (
       select coalesce((select max(stream_seq) from outbox where stream_id = $1), 0) as published,
         coalesce((select seq from outbox_consumed where stream_id = $1), 0) as consumed
     ) as known`,
    [streamId],
  );
  return { published: Number(published), consumed: Number(consumed) };
}

/** The last event about each object that the database knows nothing of, and how many there were in all. */
async function toldSince(
  outbox: EntityManager,
  { names }: BusConnection,
  { direct }: JetStreamManager,
  kind: string,
  seq: number,
): Promise<{ told: Map<string, StoredEvent>; events: number }> {
  const told = new Map<string, StoredEvent>();
  let events = 0;
  const subject = names.subject(`events.${kind}.>`);
  for (let next = seq + 1; ;) {
    const message = await direct.getMessage(names.name(STREAM), { seq: next, next_by_subj: subject });
    if (!message) return { told, events };
    next = message.seq + 1;
    const event = eventIn(message, names.plainSubject(message.subject));
    // One that was published and not marked yet is the database's own.
    if (!event || (await outbox.query<unknown[]>('select 1 from outbox where id = $1', [event.id])).length > 0)
      continue;
    events++;
    told.set(event.data.object.id, event);
  }
}

function eventIn(message: StoredMsg, subject: string): StoredEvent | undefined {
  const { header: headers, data } = message;
  const read = readEvent(parkedMessageOf({ subject, headers, data }), EVENT_TYPES);
  return 'event' in read ? read.event : undefined;
}

async function tellAgain<Row extends Owned, Type extends EventType>(
  tx: EntityManager,
  { kind, changed, gone, asGone }: TakingBack<Row, Type>,
  { account_id: accountId, resource_version, data }: StoredEvent<Type>,
): Promise<'changed' | 'gone' | 'told'> {
  const told = data.object as EventObject<Type>;
  const cause = { accountId, requestId: newId() };
  const found = await outgrow(tx, kind, accountId, told.id, resource_version);
  if (found) {
    const { row, hasChanged } = found;
    if (!hasChanged) return 'told';
    const object = kind.toResource(row);
    const previous = changedFrom(told, object);
    await appendToOutbox(tx, cause, { type: changed, object, previous, resource_version: row.version });
    return 'changed';
  }
  const [again] = await tx.query<unknown[]>('select 1 from outbox where aggregate_id = $1', [told.id]);
  if (again) return 'told';
  const now = (await databaseTime(tx)).toISOString();
  const object = { ...told, ...asGone(now), updated_at: now };
  const previous = changedFrom(told, object);
  await appendToOutbox(tx, cause, { type: gone, object, previous, resource_version: resource_version + 1 });
  return 'gone';
}

/** Within its window the bus takes an event that comes again for one that it has, and no consumer gets it. */
async function untilForgotten(
  outbox: EntityManager,
  streamId: string,
  windowMs: number,
  report: (line: string) => void,
): Promise<void> {
  const [{ ms }] = await outbox.query<[{ ms: number | null }]>(
    `select extract(epoch from max(published_at) - clock_timestamp()) * 1000 + $2 as ms from outbox where stream_id = $1`,
    [streamId, windowMs],
  );
  if (Number(ms) <= 0) return;
  report(`waits for ${Math.ceil(Number(ms) / 1_000)} s, within which the bus would not take an event again`);
  await delay(Number(ms));
}

/** The body of `after-restore.ts` of every service with events: {@link takeBack}, and one line of what that was. */
export async function runAfterRestore<Row extends Owned, Type extends EventType>(
  options: Omit<DatabaseOptions, 'url' | 'poolSize'>,
  takingBack: TakingBack<Row, Type>,
): Promise<void> {
  const env = readEnvOrExit({ ...busEnv, DATABASE_URL: serviceEnv.DATABASE_URL });
  const { schema } = options;
  const tell = (line: string): void => void process.stdout.write(`${schema}: ${line}\n`);
  const database = new DataSource(dataSourceOptions({ ...options, url: env.DATABASE_URL, poolSize: 2 }));
  const bus = await BusConnection.to(env, schema, createLogger(schema, 'warn'), { waitForIt: false });
  try {
    await database.initialize();
    const { events, changed, gone, republished } = await takeBack(database, bus, takingBack, tell);
    tell(`${events} events are of a time that the database does not know`);
    tell(`${changed} objects are older than was told, ${gone} are not there: subscribers will be told`);
    tell(`${republished} events are published again`);
  } finally {
    await bus.onApplicationShutdown();
    if (database.isInitialized) await database.destroy();
  }
}
