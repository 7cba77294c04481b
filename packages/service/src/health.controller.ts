import { Controller, Get, HttpCode, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { BusConnection } from './bus.connection.js';
import { Shutdown } from './shutdown.js';

const PROBE_TIMEOUT_MS = 1_000;
/** PostgreSQL's error code. */
const UNDEFINED_TABLE = '42P01';

/**
 * For orchestrators: `live` says that the process runs, `ready` that its own database and bus answer, and that the database has what
 * this version of the service needs.
 */
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
      answerOf(() => this.stateOfSchema()),
      answerOf(() => (this.bus.isConnected ? this.bus.nats.flush() : Promise.reject(new Error('disconnected')))),
    ]);
    const isReady = database === 'ok' && bus !== 'away' && !this.shutdown.hasBegun;
    reply.status(isReady ? 200 : 503);
    return {
      status: this.shutdown.hasBegun ? 'stopping' : isReady ? 'ready' : 'not ready',
      database,
      bus: bus === 'away' ? 'away' : 'ok',
    };
  }

  /** Of a later version the database may have more migrations. */
  private async stateOfSchema(): Promise<'ok' | 'not migrated'> {
    try {
      const [{ count }] = await this.database.query<[{ count: number }]>(
        'select count(*)::integer as count from migrations',
      );
      return count < this.database.migrations.length ? 'not migrated' : 'ok';
    } catch (error) {
      if ((error as { code?: string }).code === UNDEFINED_TABLE) return 'not migrated';
      throw error;
    }
  }
}

/** What a probe finds; `away` if it fails, or not in time. */
async function answerOf<Found>(probe: () => Promise<Found>): Promise<Found | 'away'> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PROBE_TIMEOUT_MS);
  });
  try {
    return await Promise.race([probe(), deadline]);
  } catch {
    return 'away';
  } finally {
    clearTimeout(timer);
  }
}
