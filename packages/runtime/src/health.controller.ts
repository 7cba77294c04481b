import { Controller, Get, HttpCode, Inject, Res } from '@nestjs/common';
import { BusConnection } from '@nexivo/bus/connection';
import type { FastifyReply } from 'fastify';
import { BACKING_STORE, type BackingStore } from './backing-store.js';
import { Readiness } from './readiness.js';
import { Shutdown } from './shutdown.js';
import { TimeLimitExceeded, withTimeLimit } from './time-limit.js';

const PROBE_TIMEOUT_MS = 1_000;
/** How long an answer stands for those that are slow. */
const ANSWER_STANDS_MS = 10_000;

/**
 * Whether something is there. One that is slow to answer may only be on a busy machine, where it would take all replicas out at once: then
 * what it said last counts, for a while. One that fails is away at once.
 */
class Probe<Found> {
  private last: { found: Found; at: number } | undefined;

  constructor(private readonly ask: () => Promise<Found>) {}

  async state(): Promise<Found | 'away'> {
    const asking = this.ask().then((found) => {
      this.last = { found, at: performance.now() };
      return found;
    });
    try {
      return await withTimeLimit(asking, PROBE_TIMEOUT_MS);
    } catch (error) {
      const { last } = this;
      const stands = last && performance.now() - last.at < ANSWER_STANDS_MS;
      return error instanceof TimeLimitExceeded && stands ? last.found : 'away';
    }
  }
}

/**
 * For orchestrators: `live` says that the process runs, `ready` that its own database and bus answer, and that the database has what
 * this version of the service needs; and that the stream takes events, where the service publishes some.
 */
@Controller('health')
export class HealthController {
  private readonly database: Probe<string>;
  private readonly busProbe = new Probe(() => this.probeBus());

  constructor(
    @Inject(BACKING_STORE) store: BackingStore,
    @Inject(BusConnection) private readonly bus: BusConnection,
    @Inject(Shutdown) private readonly shutdown: Shutdown,
    @Inject(Readiness) private readonly parts: Readiness,
  ) {
    this.database = new Probe(() => store.state());
  }

  @Get('live')
  @HttpCode(200)
  live(): { status: string } {
    return { status: 'live' };
  }

  @Get('ready')
  async ready(
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ status: string; database: string; bus: string; [part: string]: string }> {
    const [database, bus] = await Promise.all([this.database.state(), this.busProbe.state()]);
    const parts = this.parts.states();
    const isWhole = [database, bus, ...Object.values(parts)].every((state) => state === 'ok');
    const isReady = isWhole && !this.shutdown.hasBegun;
    reply.status(isReady ? 200 : 503);
    return {
      status: this.shutdown.hasBegun ? 'stopping' : isReady ? 'ready' : 'not ready',
      database,
      bus,
      ...parts,
    };
  }

  private async probeBus(): Promise<'ok'> {
    if (!this.bus.isConnected) throw new Error('not connected');
    await this.bus.nats.flush();
    return 'ok';
  }
}
