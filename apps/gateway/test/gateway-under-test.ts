import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServiceOptions } from '@nexivo/runtime/start';
import type { World } from '@nexivo/testing/world';
import { gatewayService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { gatewayEnv } from '../src/env.js';

const pepper = `1:${randomBytes(32).toString('base64')}`;

/**
 * Starts one replica of the gateway; all that a test file starts share the pepper, as replicas of one gateway do.
 *
 * @param prepare a last touch before it starts
 */
export const startGateway = (
  world: World,
  extraEnv: Record<string, string> = {},
  prepare: (options: ServiceOptions) => ServiceOptions = (options) => options,
): Promise<NestFastifyApplication> =>
  world.start(
    { name: 'gateway', env: gatewayEnv, database, options: (env) => prepare(gatewayService(env)) },
    { TOKEN_PEPPERS: pepper, ...extraEnv },
  );

/** Where a started gateway answers. */
export async function originOf(app: NestFastifyApplication): Promise<string> {
  return (await app.getUrl()).replace('0.0.0.0', '127.0.0.1').replace('[::1]', '127.0.0.1');
}
