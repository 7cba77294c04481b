import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { startWorld, type World } from '@nexivo/testing/world';
import pg from 'pg';
import { Gateways } from '../src/auth/gateways.js';
import { originOf, startGateway } from './gateway-under-test.js';

const PER_MINUTE = 20;
/** What a gateway gives out on its own. */
const SHARE = 2;

let world: World;
let operator: Operator;
let gateway: NestFastifyApplication;
let origin: string;

beforeAll(async () => {
  world = await startWorld();
  gateway = await startGateway(world);
  origin = await originOf(gateway);
  operator = await connectOperator(world.nats.urlFor('admin'));
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

/** A client of a new account that has been seen before. Its requests pass the quotas, and find no service behind them. */
async function knownClient(): Promise<{ accountId: string; ask: () => Promise<string> }> {
  const accountId = await operator.createAccount('professional', { perMinute: PER_MINUTE });
  const { token } = await operator.createToken(accountId);
  const ask = async (): Promise<string> => {
    const { status, body } = await new Api(origin, token).get('/jobs');
    return body.detail === 'The jobs service is away for the moment.' ? 'admitted' : `${status} ${body.code}`;
  };
  expect(await ask()).toBe('admitted');
  return { accountId, ask };
}

it('a statement that is slow for one account costs no other account anything, and is not called a quota that is used up', async () => {
  const [slow, other] = [await knownClient(), await knownClient()];
  const holder = new pg.Client({ connectionString: world.urlOf('gateway') });
  await holder.connect();
  try {
    await holder.query('begin');
    await holder.query('select 1 from quota_usage where account_id = $1 for update', [slow.accountId]);
    // Given up on after a second, and admitted from what the gateway gives out on its own.
    const ofSlow = [await slow.ask()];
    const ofOther = await Promise.all(Array.from({ length: 3 * SHARE }, () => other.ask()));
    expect(new Set(ofOther)).toEqual(new Set(['admitted']));
    while (ofSlow.length < SHARE + 2) ofSlow.push(await slow.ask());
    expect(ofSlow).toEqual(['admitted', 'admitted', '503 service_unavailable', '503 service_unavailable']);
  } finally {
    await holder.end();
  }
  // What was given out meanwhile counts.
  await eventually(async () => {
    const [row] = await world.sql<{ used: number }>(
      'gateway',
      'select day_admitted::integer as used from quota_usage where account_id = $1',
      [slow.accountId],
    );
    expect(row!.used).toBeGreaterThanOrEqual(1 + SHARE);
  });
});

it('gateways know how many they are, and forget one that is gone', async () => {
  const first = gateway.get(Gateways);
  const another = await startGateway(world);
  await eventually(() => expect([first.count, another.get(Gateways).count]).toEqual([2, 2]));
  await another.close();
  for (let beat = 0; beat < 4; beat++) first.beat();
  expect(first.count).toBe(1);
});
