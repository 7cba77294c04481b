import { Controller, Get, HttpCode, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Health } from './health.js';
import { Shutdown } from './shutdown.js';

/**
 * For orchestrators: `live` says that the process runs, `ready` that its own database and bus answer, and that the database has what
 * this version of the service needs; and that the stream takes events, where the service publishes some.
 */
@Controller('health')
export class HealthController {
  constructor(
    @Inject(Health) private readonly health: Health,
    @Inject(Shutdown) private readonly shutdown: Shutdown,
  ) {}

  @Get('live')
  @HttpCode(200)
  live(): { status: string } {
    return { status: 'live' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<{ status: string; [part: string]: string }> {
    const parts = await this.health.states();
    const isReady = isWhole(parts) && !this.shutdown.hasBegun;
    reply.status(isReady ? 200 : 503);
    return { status: this.shutdown.hasBegun ? 'stopping' : isReady ? 'ready' : 'not ready', ...parts };
  }
}

const isWhole = (parts: Readonly<Record<string, string>>): boolean =>
  Object.values(parts).every((state) => state === 'ok');
