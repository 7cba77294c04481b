import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Nats, type NatsUser, natsUsers, startNats } from '@nexivo/local/nats';
import { waitFor, waitUntil } from '@nexivo/local/wait';
import { BusClient } from '@nexivo/bus/client';
import { BusConnection, connectBus } from '@nexivo/bus/connection';
import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { encodeContext } from '@nexivo/bus/wire';
import type { Logger } from 'pino';
import { createLogger } from '../src/logging.js';
import { Gate, startTiny, tiny } from './tiny-service.js';

/** Of the jest preset. */
declare const timeFactor: number;

/** The greatest message of nats.conf. */
const MESSAGE_BYTES = 8 * 1024 * 1024;

const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-bus-'));
let nats: Nats;
let connection: BusConnection;
let bus: BusClient;
const replicas: NestFastifyApplication[] = [];

const refusal = new DomainError('validation_failed', {
  detail: 'Zwei Felder sind ungültig – 😀',
  errors: [
    { field: 'a.0', code: 'blank', message: 'must not be blank' },
    { field: 'ü', code: 'too_long', message: 'must have at most 3 characters' },
  ],
  retryAfterS: 7,
  version: 3,
});

const start = async (options: Parameters<typeof startTiny>[1] = {}): Promise<NestFastifyApplication> => {
  const replica = await startTiny(nats.urlFor('jobs'), { refusal, ...options });
  replicas.push(replica);
  return replica;
};
const stop = async (replica: NestFastifyApplication): Promise<void> => {
  replicas.splice(replicas.indexOf(replica), 1);
  await replica.close();
};
/** Every replica that a test has left running. */
const stopAll = async (): Promise<void> => {
  while (replicas[0]) await stop(replicas[0]);
};

beforeAll(async () => {
  const passwords = Object.fromEntries(natsUsers.map((user) => [user, `test-${user}`])) as Record<NatsUser, string>;
  nats = await startNats({ dataDir, passwords, autoRestart: false });
  connection = await BusConnection.to({ NATS_URL: [nats.urlFor('gateway')] }, 'test', createLogger('test', 'silent'));
  bus = new BusClient(connection);
});
afterAll(async () => {
  await stopAll();
  await connection.onApplicationShutdown();
  await nats.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const context: RequestContext = {
  accountId: 'account',
  principal: { type: 'token', id: 'actor' },
  requestId: 'request',
};

/** The time that is left travels with every command. */
const deadline = expect.any(Number);

/** How long something took, and how it ended. */
async function timed(work: Promise<unknown>): Promise<{ ms: number; error: unknown }> {
  const startedAt = performance.now();
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { ms: performance.now() - startedAt, error };
}

describe('a command', () => {
  beforeAll(() => start());
  afterAll(stopAll);

  it.each([[{ ä: ['😀', null, 1.5, true] }], [[]], ['text'], [0], [null]])(
    'arrives and comes back as it was: %j',
    async (value) => {
      await expect(bus.request(tiny.echo, value, context)).resolves.toEqual(value);
    },
  );

  it('carries account, actor, request id and traceparent beside the payload', async () => {
    const traced = { ...context, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    await expect(bus.request(tiny.whoAsks, null, traced)).resolves.toEqual({ ...traced, deadline });
    await expect(bus.request(tiny.whoAsks, null, context)).resolves.toEqual({ ...context, deadline });
  });

  it.each<Partial<RequestContext>>([
    { idempotencyKey: 'a' },
    { idempotencyKey: `!"#$%&'()*+,-./09:;<=>?@AZ[\\]^_\`az{|}~` },
    { ifMatch: '*' },
    { ifNoneMatch: '*' },
    { ifMatch: [1, 2_147_483_647] },
    { ifMatch: [] },
  ])(
    'carries %j of its context when it is forwarded, and leaves it behind when it is only asked on the way',
    async (conditions) => {
      const { body } = await bus.forward(tiny.whoAsks, null, { ...context, ...conditions });
      expect(body.parse()).toEqual({ ...context, ...conditions, deadline });
      await expect(bus.request(tiny.whoAsks, null, { ...context, ...conditions })).resolves.toEqual({
        ...context,
        deadline,
      });
    },
  );

  it.each([
    [undefined, false, false],
    [7, false, false],
    [7, true, false],
    [undefined, true, false],
    [undefined, false, true],
    [1, false, true],
  ])(
    'brings back beside the body its version (%s), whether it is a replay (%s) and whether something was created (%s)',
    async (version, isReplay, isCreated) => {
      const reply = await bus.forward(tiny.reply, { bytes: 1, version, isReplay, isCreated }, context);
      expect({ ...reply, body: reply.body.parse() }).toEqual({ body: 'x', version, isReplay, isCreated });
    },
  );

  it('brings the error of its service back whole: code, detail, errors and when to try again', async () => {
    const error = await bus.request(tiny.refuse, null, context).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({
      code: refusal.code,
      detail: refusal.detail,
      errors: refusal.errors,
      retryAfterS: refusal.retryAfterS,
      version: refusal.version,
    });
  });

  it('says nothing of the inside when its service throws what nobody foresaw', async () => {
    const error = await bus.request(tiny.crash, null, context).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'internal_error', errors: undefined });
    expect((error as Error).message).not.toMatch(/secret|passwd/);
    await expect(bus.request(tiny.echo, 'still there', context)).resolves.toBe('still there');
  });

  it('is refused as response_too_large when its answer does not fit into a message, and only then', async () => {
    const quotes = '""'.length;
    await expect(bus.request(tiny.fill, MESSAGE_BYTES - quotes, context)).resolves.toHaveLength(MESSAGE_BYTES - quotes);
    await expect(bus.request(tiny.fill, MESSAGE_BYTES - quotes + 1, context)).rejects.toMatchObject({
      code: 'response_too_large',
      errors: [{ field: 'per_page', code: 'response_too_large' }],
    });
  });

  it('is refused as response_too_large also where only what goes beside its answer makes it too large', async () => {
    const bytes = MESSAGE_BYTES - '""'.length;
    await expect(bus.request(tiny.reply, { bytes }, context)).resolves.toHaveLength(bytes);
    await expect(bus.request(tiny.reply, { bytes, version: 1 }, context)).rejects.toMatchObject({
      code: 'response_too_large',
    });
  });

  it('is refused as payload_too_large when it does not fit into a message itself', async () => {
    await expect(bus.request(tiny.echo, 'x'.repeat(MESSAGE_BYTES + 1), context)).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    await expect(bus.request(tiny.echo, 'still there', context)).resolves.toBe('still there');
  });

  it('that nobody serves is refused at once as service_unavailable, naming the service', async () => {
    const { ms, error } = await timed(bus.request(tiny.unserved, null, context));
    expect(error).toMatchObject({
      code: 'service_unavailable',
      detail: 'The jobs service is away for the moment.',
      retryAfterS: 1,
    });
    expect(ms).toBeLessThan((tiny.unserved.timeoutMs / 4) * timeFactor);
  });
});

describe('a command that takes too long', () => {
  it('is given up after its timeoutMs as service_timeout, naming the service', async () => {
    const gate = new Gate();
    await start({ gate });
    try {
      const { ms, error } = await timed(bus.request(tiny.wait, null, context));
      expect(error).toMatchObject({ code: 'service_timeout', detail: 'The jobs service did not answer in time.' });
      expect(ms).toBeGreaterThanOrEqual(tiny.wait.timeoutMs - 5);
      expect(ms).toBeLessThan(tiny.wait.timeoutMs + 2_000 * timeFactor);
      expect(gate.arrived).toBe(1);
    } finally {
      gate.open();
      await stopAll();
    }
  });
});

describe('the time that is left', () => {
  let gate: Gate;
  beforeAll(async () => {
    gate = new Gate();
    await start({ gate });
  });
  afterAll(async () => {
    gate.open();
    await stopAll();
  });

  /** Sends a command as another process might, and tells how it was answered. */
  const send = async (timeLeftMs: number, sentAt: number): Promise<string> => {
    const head = encodeContext(context, timeLeftMs);
    head.set('Nexivo-Time-Left', `${timeLeftMs} ${sentAt}`);
    const reply = await connection.nats.request(tiny.echo.subject, 'null', { timeout: 5_000, headers: head });
    return reply.headers?.get('Nats-Service-Error') || 'ok';
  };

  it('is what the command may take, or what its caller has left where that is less', async () => {
    const before = performance.now();
    const asked = async (from: RequestContext) =>
      ((await bus.request(tiny.whoAsks, null, from)) as RequestContext).deadline! - before;
    const left = await asked(context);
    expect(left).toBeGreaterThan(tiny.whoAsks.timeoutMs - 1_000);
    expect(left).toBeLessThanOrEqual(tiny.whoAsks.timeoutMs + (performance.now() - before));
    expect(await asked({ ...context, deadline: before + 2_000 })).toBeLessThanOrEqual(2_000);
  });

  it('ends the wait for a command that was asked on the way, which is not even sent when none is left', async () => {
    const { error } = await timed(bus.request(tiny.waitLong, null, { ...context, deadline: performance.now() + 200 }));
    expect(error).toMatchObject({ code: 'service_timeout', detail: 'The jobs service did not answer in time.' });
    expect(gate.arrived).toBe(1);
    const late = { ...context, deadline: performance.now() - 1 };
    await expect(bus.request(tiny.waitLong, null, late)).rejects.toMatchObject({ code: 'service_timeout' });
    await bus.request(tiny.echo, null, context);
    expect(gate.arrived).toBe(1);
  });

  it('is over for what lay on its way too long, by whatever clock: it is not begun', async () => {
    const clock = 1e9;
    expect(await send(5_000, clock)).toBe('ok');
    expect(await send(1, clock + performance.now())).toBe('service_timeout');
    expect(await send(5_000, clock - 3_600_000)).toBe('service_timeout');
    expect(await send(5_000, clock + performance.now())).toBe('ok');
  });
});

describe('a service that has enough to do', () => {
  it('refuses what comes on top at once as busy, and of one account what is more than half', async () => {
    const gate = new Gate();
    await start({ gate, commandsAtOnce: 4 });
    const waiting = (accountId: string) => bus.request(tiny.waitLong, null, { ...context, accountId });
    const busy = { code: 'service_unavailable', retryAfterS: 1, detail: expect.stringContaining('at once') };
    const taken = [waiting('a'), waiting('a')];
    await waitUntil('two to arrive', () => gate.arrived === 2);
    await expect(waiting('a')).rejects.toMatchObject(busy);
    taken.push(waiting('b'), waiting('c'));
    await waitUntil('four to arrive', () => gate.arrived === 4);
    await expect(waiting('d')).rejects.toMatchObject(busy);
    gate.open();
    await expect(Promise.all(taken)).resolves.toEqual(taken.map(() => 'done'));
    await expect(waiting('a')).resolves.toBe('done');
    await stopAll();
  });
});

describe('a command whose service says nothing for a while', () => {
  it('is not given up as long as a replica is there that may still answer', async () => {
    const gate = new Gate();
    await start({ gate });
    // A connection of its own: the bus lets nobody answer a request that it has brought him twice.
    const observer = await connectBus({ NATS_URL: [nats.urlFor('jobs')] }, 'observer', createLogger('test', 'silent'));
    const asked = Promise.withResolvers<void>();
    observer.subscribe(tiny.waitLong.subject, {
      callback: (_, message) => {
        if (message.headers?.has('Nexivo-Probe')) asked.resolve();
      },
    });
    await observer.flush();
    const slow = bus.request(tiny.waitLong, null, context);
    await asked.promise;
    gate.open();
    await expect(slow).resolves.toBe('done');
    expect(gate.arrived).toBe(1);
    await observer.close();
    await stopAll();
  });

  it('is given up as service_unavailable, long before its timeoutMs, once there is none', async () => {
    const gate = new Gate();
    const replica = await start({ gate });
    const abandoned = timed(bus.request(tiny.waitLong, null, context));
    await waitUntil('the command to arrive', () => gate.arrived === 1);
    await replica.get(BusConnection).nats.close();
    const { ms, error } = await abandoned;
    expect(error).toMatchObject({ code: 'service_unavailable' });
    expect(ms).toBeLessThan((tiny.waitLong.timeoutMs / 2) * timeFactor);
    gate.open();
    await stopAll();
  });
});

describe('a service', () => {
  it('has each hook of its life cycle called once: the first ones before it serves', async () => {
    const hooks: string[] = [];
    class Recorder extends Gate {
      onModuleInit = (): number => hooks.push('init');
      onApplicationBootstrap = async (): Promise<void> => {
        const early = bus.request(tiny.echo, 1, context).catch((error: DomainError) => error.code);
        hooks.push('bootstrap', String(await early));
      };
      onModuleDestroy = (): number => hooks.push('destroy');
    }
    const replica = await start({ gate: new Recorder() });
    await expect(bus.request(tiny.echo, 1, context)).resolves.toBe(1);
    await stop(replica);
    expect(hooks).toEqual(['init', 'bootstrap', 'service_unavailable', 'destroy']);
  });
});

describe('a service that stops', () => {
  it('answers all that it had taken before it ends', async () => {
    const gate = new Gate();
    const replica = await start({ gate });
    const taken = Array.from({ length: 20 }, () => bus.request(tiny.waitLong, null, context));
    await waitUntil('the commands to arrive', () => gate.arrived === 20);
    const stopped = stop(replica);
    // New requests are no longer its own, while the old ones still wait.
    await waitFor('the end of its subscriptions', () =>
      expect(bus.request(tiny.echo, null, context)).rejects.toMatchObject({ code: 'service_unavailable' }),
    );
    gate.open();
    await expect(Promise.all(taken)).resolves.toEqual(taken.map(() => 'done'));
    await stopped;
  });

  it('loses no request to its other replica: none fails while it goes away and comes back', async () => {
    const first = await start();
    await start();
    const outcomes: unknown[] = [];
    const traffic = new AbortController();
    const clients = Array.from({ length: 10 }, async () => {
      while (!traffic.signal.aborted) {
        outcomes.push(
          await bus.request(tiny.echo, 'ok', context).catch((reason: unknown) => (reason as DomainError).code),
        );
      }
    });
    const answered = (more: number): Promise<void> => {
      const wanted = outcomes.length + more;
      return waitUntil(`${more} more answers`, () => outcomes.length >= wanted);
    };
    await answered(200);
    await stop(first);
    await answered(200);
    const third = await start();
    await answered(200);
    await stop(third);
    traffic.abort();
    await Promise.all(clients);
    await stopAll();
    expect(new Set(outcomes)).toEqual(new Set(['ok']));
  });
});

it('a connection that ends fails at once what waits for a reply by it, and refuses what comes later', async () => {
  const gate = new Gate();
  await start({ gate });
  const log = createLogger('test', 'silent');
  const own = await BusConnection.to({ NATS_URL: [nats.urlFor('gateway')] }, 'ending', log);
  const client = new BusClient(own);
  const underWay = timed(client.request(tiny.waitLong, null, context));
  await waitUntil('the command to arrive', () => gate.arrived === 1);
  await own.onApplicationShutdown();
  const { ms, error } = await underWay;
  expect(error).toMatchObject({ code: 'service_unavailable' });
  expect(ms).toBeLessThan((tiny.waitLong.timeoutMs / 2) * timeFactor);
  await expect(client.request(tiny.echo, null, context)).rejects.toMatchObject({ code: 'service_unavailable' });
  gate.open();
  await stopAll();
});

describe('a bus that dies', () => {
  it('makes commands fail fast as service_unavailable, and serves them again by itself when it is back', async () => {
    await start();
    await expect(bus.request(tiny.echo, 'before', context)).resolves.toBe('before');
    nats.process.kill('SIGKILL');
    await waitUntil('the loss of the connection', () => !connection.isConnected);
    const { ms, error } = await timed(bus.request(tiny.echo, null, context));
    expect(error).toMatchObject({ code: 'service_unavailable', retryAfterS: 1 });
    expect(ms).toBeLessThan(1_000 * timeFactor);

    await nats.process.start();
    await expect(waitFor('the recovery', () => bus.request(tiny.echo, 'after', context))).resolves.toBe('after');
    await stopAll();
  });

  it('makes a command that was under way fail as service_unavailable, not as if the service were slow', async () => {
    const gate = new Gate();
    await start({ gate });
    const underWay = timed(bus.request(tiny.waitLong, null, context));
    await waitUntil('the command to arrive', () => gate.arrived === 1);
    nats.process.kill('SIGKILL');
    expect((await underWay).error).toMatchObject({ code: 'service_unavailable' });
    gate.open();
    await nats.process.start();
    await expect(waitFor('the recovery', () => bus.request(tiny.echo, 'after', context))).resolves.toBe('after');
    await stopAll();
  });
});

describe('a bus that is not there yet', () => {
  it('is waited for, and the log says why', async () => {
    await nats.process.stop();
    const reasons: unknown[] = [];
    const log = (line: { err?: Error }): unknown => reasons.push(line.err?.message);
    const logger = { info: log, warn: log, error: log } as unknown as Logger;
    const waiting = connectBus({ NATS_URL: [nats.urlFor('jobs')] }, 'early', logger);
    await waitUntil('a line of the log', () => reasons.length === 1);
    expect(reasons).toEqual(['connection refused']);
    await nats.process.start();
    await (await waiting).close();
  });

  it('that goes away while a service subscribes is waited for, too', async () => {
    const starting = start({ beforeSubscribing: () => nats.process.kill('SIGSTOP') });
    // Long enough for the subscriptions to be sent: nobody answers them.
    await delay(500);
    nats.process.kill('SIGKILL');
    await waitUntil('the end of the server', () => nats.process.pid === undefined);
    await nats.process.start();
    await starting;
    await expect(waitFor('the recovery', () => bus.request(tiny.echo, 'after', context))).resolves.toBe('after');
    await stopAll();
  });
});
