import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { type PausablePostgres, startPausablePostgres } from '@nexivo/testing/pausable-postgres';
import { eventually } from '@nexivo/testing/poll';
import { startWorld, type World } from '@nexivo/testing/world';
import { Usage } from '../src/auth/usage.js';
import { originOf, startGateway } from './gateway-under-test.js';
import { usageOf } from './usage-of.js';

let postgres: PausablePostgres;
let world: World;
let operator: Operator;
let gateway: NestFastifyApplication;
let origin: string;

beforeAll(async () => {
  postgres = await startPausablePostgres();
  world = await startWorld({ postgresUrl: postgres.url });
  gateway = await startGateway(world);
  origin = await originOf(gateway);
  operator = await connectOperator(world.nats.urlFor('admin'));
});
afterAll(async () => {
  postgres.resume();
  await operator.close();
  await world.stop();
  await postgres.stop();
});

it('what is counted before and while the store is paused is written when it is back, each request once', async () => {
  const accountId = await operator.createAccount('professional', { perMinute: 100 });
  const known = await operator.createToken(accountId);
  const other = await operator.createAccount();
  const unmetered = await operator.createToken(other);
  const ask = async ({ token }: { token: string }, path = '/jobs'): Promise<string> =>
    (await new Api(origin, token).get(path)).body.detail;
  const admitted = await ask(known);
  expect([await ask(known), await ask(known)]).toEqual([admitted, admitted]);
  // Its token is known then, and its quotas are not.
  await ask(unmetered, '/me');

  postgres.pause();
  try {
    // Sent, and carried out when the store wakes, though nobody hears of it.
    await gateway.get(Usage).flush();
    expect([await ask(known), await ask(known)]).toEqual([admitted, admitted]);
    expect(await ask(unmetered)).toBe('Quotas cannot be checked for the moment.');
    await gateway.get(Usage).flush();
  } finally {
    postgres.resume();
  }

  await eventually(async () => {
    await gateway.get(Usage).flush();
    expect(await usageOf(world, accountId)).toEqual({ [known.id]: { admitted: 5 } });
    expect(await usageOf(world, other)).toEqual({ [unmetered.id]: { service_unavailable: 1 } });
  });
});
