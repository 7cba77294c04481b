import { Controller, Get, HttpCode, Inject, Res } from '@nestjs/common';
import { BusConnection } from '@nexivo/bus/connection';
import type { FastifyReply } from 'fastify';
import { BACKING_STORE, type BackingStore } from './backing-store.js';
import { Readiness } from './readiness.js';
import { Shutdown } from './shutdown.js';
import { withTimeLimit } from './time-limit.js';

const PROBE_TIMEOUT_MS = 1_000;

/**
 * For orchestrators: `live` says that the process runs, `ready` that its own database and bus answer, and that the database has what
 * this version of the service needs; and that the stream takes events, where the service publishes some.
 */
@Controller('health')
export class HealthController {
  constructor(
    @Inject(BACKING_STORE) private readonly store: BackingStore,
    @Inject(BusConnection) private readonly bus: BusConnection,
    @Inject(Shutdown) private readonly shutdown: Shutdown,
    @Inject(Readiness) private readonly parts: Readiness,
  ) {}

  @Get('live')
  @HttpCode(200)
  live(): { status: string } {
    return { status: 'live' };
  }

  @Get('ready')
  async ready(
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ status: string; database: string; bus: string; [part: string]: string }> {
    const [database, bus] = await Promise.all([orAway(this.store.state()), orAway(this.probeBus())]);
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

  private async probeBus(): Promise<'ok' | 'away'> {
    if (!this.bus.isConnected) return 'away';
    await this.bus.nats.flush();
    return 'ok';
  }
}

/** What a probe finds; `away` if it fails, or not in time. */
const orAway = <Found>(probe: Promise<Found>): Promise<Found | 'away'> =>
  withTimeLimit(probe, PROBE_TIMEOUT_MS).catch(() => 'away' as const);
