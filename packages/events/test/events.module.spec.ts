import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { deadLetterCommands } from '@nexivo/contracts/dead-letters';
import { type Event, eventSubject } from '@nexivo/contracts/events';
import { databaseModule } from '@nexivo/store/database.module';
import { healthPort, serviceEnv } from '@nexivo/runtime/env';
import { ServiceModule } from '@nexivo/runtime/service.module';
import { type Operator, connectOperator } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { callFor } from '@nexivo/testing/world';
import { DataSource, type EntityManager, type MigrationInterface, type QueryRunner } from 'typeorm';
import { ack, deadLetter, type EventHandler, type Outcome, type ReceivedEvent } from '../src/consumer.js';
import { EventsModule, type EventsOptions } from '../src/events.module.js';
import { InboxSweeper } from '../src/inbox.sweeper.js';
import { appendToOutbox } from '../src/outbox.js';
import { createOutboxConsumedV1, createOutboxV1 } from '../src/outbox.table.js';
import {
  CONSUMER,
  type ConsumingWorld,
  newEvent,
  newEvents,
  recordEffects,
  startConsumingWorld,
} from './consuming-world.js';

/** Cannot handle these events for now. */
const refused = new Set<string>();

@Injectable()
class Handler implements EventHandler {
  readonly consumer = CONSUMER;

  async handle(tx: EntityManager, events: readonly ReceivedEvent[]): Promise<Outcome> {
    await recordEffects(tx, events);
    return events.some(({ event }) => refused.has(event.id)) ? deadLetter('refused for now') : ack();
  }
}

@Module({ providers: [Handler], exports: [Handler] })
class AppModule {}

const commands = deadLetterCommands('webhooks');
let service: ConsumingWorld;
/** Consumes and publishes nothing. */
let app: NestFastifyApplication;
/** Publishes and consumes nothing. */
let publisher: NestFastifyApplication;
let operator: Operator;

class CreateOutbox1764100000000 implements MigrationInterface {
  readonly name = 'CreateOutbox1764100000000';
  up = async (queryRunner: QueryRunner): Promise<void> => {
    await createOutboxV1(queryRunner);
    await createOutboxConsumedV1(queryRunner);
  };
  down = (): Promise<void> => Promise.resolve();
}

const start = (
  name: 'webhooks' | 'candidates',
  migrations: (new () => MigrationInterface)[],
  options: Omit<EventsOptions, 'service'>,
): Promise<NestFastifyApplication> => {
  const database = { schema: name, entities: [], migrations };
  return service.world.start({
    name,
    env: { ...serviceEnv, ...healthPort },
    database,
    options: (env) => ({
      name,
      commandsAtOnce: 100,
      logLevel: 'silent',
      port: 0,
      module: {
        module: AppModule,
        imports: [
          ServiceModule.register(name, env),
          databaseModule({ ...database, url: env.DATABASE_URL, poolSize: 5 }),
          EventsModule.register({ service: name, ...options }),
        ],
      },
    }),
  });
};

beforeAll(async () => {
  service = await startConsumingWorld();
  app = await start('webhooks', [], { publishes: false, handlers: [Handler] });
  publisher = await start('candidates', [CreateOutbox1764100000000], {});
  operator = await connectOperator(service.world.nats.urlFor('admin'));
});
afterEach(async () => {
  refused.clear();
  await service.reset();
});
afterAll(async () => {
  await operator.close();
  await service.stop();
});

const list = (input: { after?: string; limit: number } = { limit: 500 }) =>
  operator.bus.request(commands.list, input, operator.context);
const redrive = (input: { ids: string[] } | { all: true }) =>
  operator.bus.request(commands.redrive, input, operator.context);
const idOf = ({ id }: Event): string => `${CONSUMER.durable}:${id}`;

/** Publishes events that the handler refuses. */
async function makeDead(count: number): Promise<Event[]> {
  const events = newEvents(count);
  for (const { id } of events) refused.add(id);
  await service.publish(...events);
  await eventually(async () => expect((await list()).data).toHaveLength(count));
  return events;
}

const effects = (expected: readonly Event[]): Promise<void> =>
  eventually(async () => expect((await service.effects()).toSorted()).toEqual(expected.map(({ id }) => id).toSorted()));

describe('dead letters', () => {
  it('are listed with why and since when, and without what they hold, page by page', async () => {
    const events = await makeDead(5);
    const { data, next } = await list();
    expect(next).toBeNull();
    expect(data).toEqual(
      events.map((event) => ({
        id: idOf(event),
        subject: eventSubject('candidate.created', event.data.object.id),
        attempts: 1,
        reason: 'refused for now',
        at: expect.stringMatching(/^\d{4}-.*Z$/),
      })),
    );
    const pages = [await list({ limit: 2 })];
    while (pages.at(-1)!.next) pages.push(await list({ limit: 2, after: pages.at(-1)!.next! }));
    expect(pages.map((page) => page.data.length)).toEqual([2, 2, 1]);
    expect(pages.flatMap((page) => page.data)).toEqual(data);
  });

  it('take effect once when they are redriven and can be handled now', async () => {
    const [one, two, three] = (await makeDead(3)) as [Event, Event, Event];
    refused.clear();
    await expect(redrive({ ids: [idOf(one), idOf(two), idOf(one)] })).resolves.toEqual({ redriven: 2 });
    await effects([one, two]);
    expect((await list()).data).toMatchObject([{ id: idOf(three) }]);
    await service.publish(one, two, three);
    await expect(redrive({ all: true })).resolves.toEqual({ redriven: 1 });
    await effects([one, two, three]);
    await expect(redrive({ all: true })).resolves.toEqual({ redriven: 0 });
    expect((await service.inbox()).map(({ state, json }) => ({ state, json }))).toEqual(
      Array.from({ length: 3 }, () => ({ state: 'done', json: null })),
    );
  });

  it('that still cannot be handled are dead letters again', async () => {
    const [event] = (await makeDead(1)) as [Event];
    const [before] = (await list()).data;
    await redrive({ all: true });
    await eventually(async () => {
      const [after] = (await list()).data;
      expect(after).toMatchObject({ id: idOf(event), attempts: 1 });
      expect(after!.at).not.toBe(before!.at);
    });
    await effects([]);
  });

  it('are redriven together or not at all, if one of the ids is of none', async () => {
    const events = await makeDead(2);
    const unknown = `${CONSUMER.durable}:evt_0`;
    await expect(redrive({ ids: [...events.map(idOf), unknown] })).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [{ field: 'ids', code: 'unknown_dead_letter', message: expect.stringContaining(unknown) }],
    });
    expect((await list()).data).toHaveLength(2);
  });

  it('cannot be seen or redriven by the gateway', async () => {
    for (const command of [commands.list, commands.redrive]) {
      await expect(
        service.world.bus.request(command as typeof commands.list, { limit: 1 }, callFor()),
      ).rejects.toMatchObject({
        code: 'service_unavailable',
      });
    }
  });
});

describe('GET /metrics', () => {
  const metrics = async (of = app): Promise<Record<string, number>> => {
    const response = await of.inject({ url: '/metrics' });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toMatch(/^text\/plain; version=/);
    // The service's name is on all of them.
    const lines = response.body
      .split('\n')
      .filter((line) => /^(nexivo|process_resident)_/.test(line))
      .map((line) =>
        line.replace(/\{service_name="\w+"\}/, '').replace(/(,service_name="\w+"|service_name="\w+",)/, ''),
      );
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    );
  };
  const named = (name: string, labels = ''): string => `${name}{consumer="${CONSUMER.durable}"${labels}}`;

  it('says how far the consumers are and what became of events', async () => {
    const before = await metrics();
    await makeDead(2);
    const events = newEvents(3);
    await service.publish(...events, ...events);
    await effects(events);
    await eventually(async () => {
      const after = await metrics();
      const grown = (disposition: string): number =>
        after[named('nexivo_events_handled_total', `,disposition="${disposition}"`)]! -
        before[named('nexivo_events_handled_total', `,disposition="${disposition}"`)]!;
      expect(['done', 'duplicate', 'retry', 'dead'].map(grown)).toEqual([3, 3, 0, 2]);
      expect(after).toMatchObject({
        [named('nexivo_dead_letters')]: 2,
        [named('nexivo_consumer_retrying')]: 0,
        [named('nexivo_consumer_pending')]: 0,
        [named('nexivo_consumer_ack_pending')]: 0,
      });
      expect(after['process_resident_memory_bytes']).toBeGreaterThan(0);
    });
  });

  it('says what waits in the outbox, which grows while the bus is away', async () => {
    const before = await metrics(publisher);
    expect(before).toMatchObject({ nexivo_outbox_rows: 0, nexivo_outbox_oldest_seconds: 0 });
    const { nats } = service.world;
    await nats.process.stop();
    try {
      const { type, data } = newEvent();
      await publisher
        .get(DataSource)
        .transaction((tx) =>
          appendToOutbox(tx, callFor(), { type, object: data.object, previous: null, resource_version: 1 }),
        );
      await eventually(async () => {
        const waiting = await metrics(publisher);
        expect(waiting['nexivo_outbox_rows']).toBe(1);
        expect(waiting['nexivo_outbox_oldest_seconds']).toBeGreaterThan(0.1);
        // What the bus would have to say is left out rather than made up.
        const { [named('nexivo_dead_letters')]: dead, [named('nexivo_consumer_pending')]: pending } = await metrics();
        expect([dead, pending]).toEqual([0, undefined]);
      });
    } finally {
      await nats.process.start();
    }
    await eventually(async () =>
      expect(await metrics(publisher)).toMatchObject({
        nexivo_outbox_rows: 0,
        nexivo_events_published_total: before['nexivo_events_published_total']! + 1,
      }),
    );
    await eventually(async () => expect(await service.effects()).toHaveLength(1));
  });
});

it('the inbox forgets what can no longer be delivered, and no more', async () => {
  await service.world.sql(
    'webhooks',
    `insert into inbox (consumer, event_id, state, at, json, due_at)
     select 'old', state || days, state, now() - days * interval '1 day',
       case when state <> 'done' then '{}' end, case when state = 'retry' then now() end
     from unnest(array['done', 'retry', 'dead']) state, unnest(array[30, 32, 33]) days`,
  );
  await expect(app.get(InboxSweeper, { strict: false }).sweep(1)).resolves.toEqual({ inbox: 2 });
  expect((await service.inbox()).map(({ event_id }) => event_id)).toEqual([
    'dead30',
    'dead32',
    'dead33',
    'done30',
    'retry30',
    'retry32',
    'retry33',
  ]);
});
