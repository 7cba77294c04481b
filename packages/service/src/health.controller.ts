import { Controller, Get, HttpCode, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { BusConnection } from './bus.connection.js';
import { Shutdown } from './shutdown.js';

const PROBE_TIMEOUT_MS = 1_000;

/** For orchestrators: `live` says that the process runs, `ready` that its own database and bus answer. */
@Controller('health')
export class HealthController {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(BusConnection) private readonly bus: BusConnection,
    @Inject(Shutdown) private readonly shutdown: Shutdown,
  ) {}

  @Get('live')
  @HttpCode(200)
  live(): { status: string } {
    return { status: 'live' };
  }

  @Get('ready')
  async ready(
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ status: string; database: string; bus: string }> {
    const [database, bus] = await Promise.all([
      answers(() => this.database.query('select 1')),
      answers(() => (this.bus.isConnected ? this.bus.nats.flush() : Promise.reject(new Error('disconnected')))),
    ]);
    const isReady = database && bus && !this.shutdown.hasBegun;
    reply.status(isReady ? 200 : 503);
    return {
      status: this.shutdown.hasBegun ? 'stopping' : isReady ? 'ready' : 'not ready',
      database: database ? 'ok' : 'away',
      bus: bus ? 'ok' : 'away',
    };
  }
}

/** Whether a probe succeeds in time. */
async function answers(probe: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PROBE_TIMEOUT_MS);
  });
  try {
    await Promise.race([probe(), deadline]);
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
