import { Controller, Inject, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { defineCommand, type InputOf } from '@nexivo/contracts/command';
import { z } from 'zod';
import { BusConnection } from '@nexivo/bus/connection';
import { LOGGER } from '../src/logging.js';
import { Metrics } from '../src/metrics.js';
import type { RequestContext } from '@nexivo/bus/context';
import { Handles, Input, Context } from '@nexivo/bus/command.controller';
import { DomainError } from '@nexivo/bus/domain-error';
import { createLogger } from '../src/logging.js';
import { Reply } from '@nexivo/bus/reply';
import { Shutdown } from '../src/shutdown.js';
import { BACKING_STORE } from '../src/backing-store.js';
import { type ServiceOptions, startService } from '../src/start.js';

/** Commands below the subject that the bus lets this service serve. */
export const tiny = {
  echo: defineCommand({ subject: 'jobs.echo', input: z.unknown(), output: z.unknown() }),
  whoAsks: defineCommand({ subject: 'jobs.who_asks', input: z.unknown(), output: z.unknown() }),
  refuse: defineCommand({ subject: 'jobs.refuse', input: z.unknown(), output: z.unknown() }),
  crash: defineCommand({ subject: 'jobs.crash', input: z.unknown(), output: z.unknown() }),
  wait: defineCommand({ subject: 'jobs.wait', input: z.unknown(), output: z.unknown(), timeoutMs: 300 }),
  waitLong: defineCommand({ subject: 'jobs.wait_long', input: z.unknown(), output: z.unknown() }),
  fill: defineCommand({ subject: 'jobs.fill', input: z.int(), output: z.string() }),
  /** Answers what it is told to, with what goes beside a body. */
  reply: defineCommand({
    subject: 'jobs.reply',
    input: z.object({
      bytes: z.int(),
      version: z.int().optional(),
      isReplay: z.boolean().optional(),
      isCreated: z.boolean().optional(),
    }),
    output: z.string(),
  }),
  /** Served by nobody. */
  unserved: defineCommand({ subject: 'jobs.unserved', input: z.unknown(), output: z.unknown() }),
};

const REFUSAL = Symbol('refusal');
const GATE = Symbol('gate');

/** What holds the waiting commands back until the test lets them go. */
export class Gate {
  private readonly opened = Promise.withResolvers<void>();
  /** How many commands have come to wait here. */
  arrived = 0;

  async pass(): Promise<void> {
    this.arrived++;
    await this.opened.promise;
  }

  open(): void {
    this.opened.resolve();
  }
}

@Controller()
class TinyController {
  constructor(
    @Inject(REFUSAL) private readonly refusal: DomainError,
    @Inject(GATE) private readonly gate: Gate,
  ) {}

  @Handles(tiny.echo)
  echo(@Input() input: unknown): unknown {
    return input;
  }

  @Handles(tiny.whoAsks)
  whoAsks(@Input() _input: unknown, @Context() context: RequestContext): RequestContext {
    return context;
  }

  @Handles(tiny.refuse)
  refuse(): never {
    throw this.refusal;
  }

  @Handles(tiny.crash)
  crash(): never {
    throw new TypeError('select secret from /etc/passwd');
  }

  @Handles(tiny.wait)
  async wait(): Promise<string> {
    await this.gate.pass();
    return 'late';
  }

  @Handles(tiny.waitLong)
  async waitLong(): Promise<string> {
    await this.gate.pass();
    return 'done';
  }

  @Handles(tiny.reply)
  reply(@Input() { bytes, version, isReplay, isCreated }: InputOf<typeof tiny.reply>): Reply<string> {
    return new Reply('x'.repeat(bytes), {
      version,
      ...(isReplay !== undefined && { isReplay }),
      ...(isCreated !== undefined && { isCreated }),
    });
  }

  @Handles(tiny.fill)
  fill(@Input() bytes: number): string {
    return 'x'.repeat(bytes);
  }
}

interface TinyOptions {
  refusal?: DomainError;
  gate?: Gate;
  commandsAtOnce?: number;
  beforeSubscribing?: () => void;
  /** Of what the service keeps its data in. */
  state?: () => 'ok' | 'not migrated';
}

/** A service that owns nothing: a bus, no database. */
export function tinyOptions(
  natsUrl: string,
  {
    refusal = new DomainError('internal_error'),
    gate = new Gate(),
    commandsAtOnce = 100,
    beforeSubscribing,
    state = () => 'ok',
  }: TinyOptions = {},
): ServiceOptions {
  const logger = createLogger('tiny', 'silent');
  const module: DynamicModule = {
    module: class TinyModule {},
    controllers: [TinyController],
    providers: [
      { provide: REFUSAL, useValue: refusal },
      { provide: GATE, useValue: gate },
      {
        provide: BACKING_STORE,
        useValue: {
          state: () => Promise.resolve(state()),
          time: () => Promise.resolve(new Date()),
          unavailability: () => undefined,
          refusalOf: () => undefined,
        },
      },
      { provide: LOGGER, useValue: logger },
      { provide: Metrics, useValue: new Metrics() },
      { provide: BusConnection, useFactory: () => BusConnection.to({ NATS_URL: [natsUrl] }, 'tiny', logger) },
      Shutdown,
    ],
  };
  const configure = (): Promise<void> => Promise.resolve(beforeSubscribing?.());
  return { name: 'jobs', module, logLevel: 'silent', port: 0, commandsAtOnce, configure };
}

/** Starts one replica of it. */
export const startTiny = (natsUrl: string, options?: TinyOptions): Promise<NestFastifyApplication> =>
  startService(tinyOptions(natsUrl, options));
