import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tokens } from '@nexivo/contracts/accounts';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { joinAs } from '@nexivo/testing/person';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { startWorld, type World } from '@nexivo/testing/world';
import { AuthStore } from '../src/auth/auth-store.js';
import { FailedAttempts } from '../src/auth/failed-attempts.js';
import { Verifier } from '../src/auth/verifier.js';
import { Invalidations } from '../src/accounts/invalidations.js';
import { generateToken } from '../src/accounts/token.js';
import { originOf, startGateway } from './gateway-under-test.js';

let world: World;
let operator: Operator;
let gateways: NestFastifyApplication[];
let origins: string[];

beforeAll(async () => {
  world = await startWorld();
  gateways = [await startGateway(world), await startGateway(world), await startGateway(world)];
  origins = await Promise.all(gateways.map(originOf));
  operator = await connectOperator(world.nats.urlFor('admin'));
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

/** What each gateway answers to a token: `/me` needs no other service. */
const everywhere = (token: string): Promise<number[]> =>
  Promise.all(origins.map(async (origin) => (await new Api(origin, token).get('/me')).status));

const WITHIN_A_SECOND = { withinMs: 1_000 };

describe('every gateway, within a second', () => {
  it('refuses a token that has been revoked, though each has just let it in', async () => {
    const { id, token } = await operator.createToken(await operator.createAccount());
    await expect(everywhere(token)).resolves.toEqual([200, 200, 200]);
    await operator.revokeToken(id);
    await eventually(async () => expect(await everywhere(token)).toEqual([401, 401, 401]), WITHIN_A_SECOND);
  });

  it('lets in a new token', async () => {
    const { token } = await operator.createToken(await operator.createAccount());
    await eventually(async () => expect(await everywhere(token)).toEqual([200, 200, 200]), WITHIN_A_SECOND);
  });

  it('lets in a token that each has just refused as unknown', async () => {
    // Its row is taken away for a moment: an operator cannot choose the token that will be made.
    const { id, token } = await operator.createToken(await operator.createAccount());
    const [row] = await world.sql('gateway', 'delete from api_tokens where id = $1 returning *', [id]);
    await expect(everywhere(token)).resolves.toEqual([401, 401, 401]);
    await world.sql('gateway', 'insert into api_tokens select * from json_populate_record(null::api_tokens, $1)', [
      JSON.stringify({ ...row, digest: `\\x${row!['digest'].toString('hex')}` }),
    ]);
    await gateways[0]!.get(Invalidations).announceToken(row!['digest']);
    await eventually(async () => expect(await everywhere(token)).toEqual([200, 200, 200]), WITHIN_A_SECOND);
  });

  it('knows a changed scope', async () => {
    const accountId = await operator.createAccount();
    const { id, token } = await operator.createToken(accountId, ['candidates:read']);
    const scopes = async () =>
      (await Promise.all(origins.map((origin) => new Api(origin, token).get('/jobs')))).map(({ status }) => status);
    await expect(scopes()).resolves.toEqual([403, 403, 403]);
    await operator.bus.request(tokens.update, { id, scopes: ['jobs:read'] }, operator.context);
    // Nobody serves jobs here: 503 means that the gateway would have let it through.
    await eventually(async () => expect(await scopes()).toEqual([503, 503, 503]), WITHIN_A_SECOND);
  });

  it('knows a changed plan', async () => {
    const accountId = await operator.createAccount('professional');
    const { token } = await operator.createToken(accountId);
    await expect(everywhere(token)).resolves.toEqual([200, 200, 200]);
    await operator.updateAccount(accountId, { plan: 'starter' });
    await eventually(async () => expect(await everywhere(token)).toEqual([403, 403, 403]), WITHIN_A_SECOND);
    await operator.updateAccount(accountId, { plan: 'enterprise' });
    await eventually(async () => expect(await everywhere(token)).toEqual([200, 200, 200]), WITHIN_A_SECOND);
  });

  it('admits again when a quota is raised, though each is refusing from memory', async () => {
    const accountId = await operator.createAccount('professional', { perMinute: 3 });
    const { token } = await operator.createToken(accountId);
    const statuses = async () =>
      (await Promise.all(origins.map((origin) => new Api(origin, token).get('/jobs')))).map(({ status }) => status);
    await expect(statuses()).resolves.toEqual([503, 503, 503]);
    await expect(statuses()).resolves.toEqual([429, 429, 429]);
    await operator.updateAccount(accountId, { requests_per_minute: 100 });
    await eventually(async () => expect(await statuses()).toEqual([503, 503, 503]), WITHIN_A_SECOND);
  });
});

describe('a token that expires', () => {
  it('is refused from that moment on, though it is remembered as valid', async () => {
    const accountId = await operator.createAccount();
    const expiresAt = new Date(Date.now() + scaled(5_000)).toISOString();
    const { token } = await operator.createToken(accountId, undefined, expiresAt);
    await expect(everywhere(token)).resolves.toEqual([200, 200, 200]);
    await eventually(async () => expect(await everywhere(token)).toEqual([401, 401, 401]), { withinMs: 15_000 });
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  });
});

describe('looking up', () => {
  it('a hundred requests with one token at once ask the store once', async () => {
    const { token } = await operator.createToken(await operator.createAccount());
    const store = gateways[0]!.get(AuthStore);
    const asked = countLookups(store);
    const answers = await Promise.all(Array.from({ length: 100 }, () => new Api(origins[0]!, token).get('/jobs')));
    expect(answers.every(({ status }) => status === 503)).toBe(true);
    expect(asked()).toBe(1);
  });

  it('a malformed token costs no query', async () => {
    const asked = countLookups(gateways[0]!.get(AuthStore));
    for (let n = 0; n < 200; n++) {
      const { status } = await new Api(origins[0]!, `nxv_live_${randomBytes(18).toString('hex')}`).get('/me');
      expect(status).toBe(401);
    }
    expect(asked()).toBe(0);
  });
});

it('with the bus away a revoked token is refused within 10 s', async () => {
  const accountId = await operator.createAccount();
  const owner = await joinAs(origins[0]!, operator, accountId, 'owner');
  const [first, second] = [await operator.createToken(accountId), await operator.createToken(accountId)];
  for (const { token } of [first, second]) await expect(everywhere(token)).resolves.toEqual([200, 200, 200]);
  world.nats.process.kill('SIGSTOP');
  try {
    // By a gateway, which refuses it from then on, and in the database.
    expect((await owner.api.delete(`/tokens/${first.id}`)).status).toBe(200);
    expect((await new Api(origins[0]!, first.token).get('/me')).status).toBe(401);
    await world.sql('gateway', 'update api_tokens set revoked_at = now() where id = $1', [second.id]);
    for (const { token } of [first, second])
      await eventually(async () => expect(await everywhere(token)).toEqual([401, 401, 401]), { withinMs: 10_000 });
  } finally {
    world.nats.process.kill('SIGCONT');
  }
});

it('notes when a token was last used', async () => {
  const before = Date.now();
  const { id, token } = await operator.createToken(await operator.createAccount());
  await everywhere(token);
  await eventually(async () => {
    const [row] = await world.sql<{ last_used_at: Date | null }>(
      'gateway',
      'select last_used_at from api_tokens where id = $1',
      [id],
    );
    expect(row!.last_used_at!.getTime()).toBeGreaterThanOrEqual(before);
  });
});

// Last, because the address is one that guesses for a minute then.
describe('an address that has sent 30 unknown tokens within a minute', () => {
  const api = (sent: string) => new Api(origins[2]!, sent);

  it('gets 429 for what is no token, and costs one statement in 50 ms however fast it guesses', async () => {
    const { token } = await operator.createToken(await operator.createAccount());
    expect((await api(token).get('/me')).status).toBe(200);
    const attempts: unknown = gateways[2]!.get(FailedAttempts);
    const { failures } = attempts as { failures: Map<string, { until: number }> };
    // Earlier tests have begun a minute, which could end in the middle of this one.
    failures.clear();
    const first: number[] = [];
    for (let n = 0; n < 31; n++) first.push((await api(generateToken()).get('/me')).status);
    expect(first.at(-1)).toBe(429);
    // However long the rest takes, it is within that minute.
    for (const minute of failures.values()) minute.until += 3_600_000;
    const asked = countLookups(gateways[2]!.get(AuthStore));
    const startedAt = performance.now();
    const guesses = await Promise.all(Array.from({ length: 600 }, () => api(generateToken()).get('/me')));
    const turns = (performance.now() - startedAt) / 50;
    for (const { status, body, headers } of guesses) {
      expect({ status, code: body.code }).toEqual({ status: 429, code: 'too_many_failed_attempts' });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(asked()).toBeLessThanOrEqual(Math.ceil(turns));
    // How many share a statement depends on how fast they come in: all at once, they share a few.
    const askedAtOnce = countLookups(gateways[2]!.get(AuthStore));
    const verifier = gateways[2]!.get(Verifier);
    const refused = await Promise.allSettled(
      Array.from({ length: 600 }, () => verifier.verify(generateToken(), '127.0.0.1')),
    );
    expect(refused.every(({ status }) => status === 'rejected')).toBe(true);
    expect(askedAtOnce()).toBeLessThanOrEqual(3);
    // The guesses may have taken so long that it is looked up again.
    expect((await api(token).get('/me')).status).toBe(200);
    const known = countLookups(gateways[2]!.get(AuthStore));
    expect((await api(token).get('/me')).status).toBe(200);
    expect(known()).toBe(0);
  });

  it('has valid tokens let in that the gateway has never seen, in the middle of the guesses', async () => {
    const accountId = await operator.createAccount();
    const valid = await Promise.all(Array.from({ length: 5 }, () => operator.createToken(accountId)));
    const guesses = Array.from({ length: 300 }, () => api(generateToken()).get('/me'));
    const answers = await Promise.all(valid.map(({ token }) => api(token).get('/me')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await Promise.all(guesses);
    await operator.revokeToken(valid[0]!.id);
    expect((await api(valid[0]!.token).get('/me')).status).toBe(429);
  });
});

/** Counts how often a gateway asks its store about tokens from now on. */
function countLookups(store: AuthStore): () => number {
  let count = 0;
  const query = store.query.bind(store);
  store.query = (statement) => {
    if (statement.name === 'token by digest') count++;
    return query(statement);
  };
  return () => count;
}
