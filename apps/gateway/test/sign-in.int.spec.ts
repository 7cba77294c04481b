import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { users } from '@nexivo/contracts/users';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { joinAs, PersonApi, secretOf } from '@nexivo/testing/person';
import { startWorld, type World } from '@nexivo/testing/world';
import { Passwords } from '../src/accounts/people/passwords.js';
import { SignInThrottle } from '../src/accounts/people/sign-in-throttle.js';
import { originOf, startGateway } from './gateway-under-test.js';

let world: World;
let operator: Operator;
let throttle: SignInThrottle;
let passwords: Passwords;
let origin: string;
let accountId: string;

beforeAll(async () => {
  world = await startWorld();
  // Tests come from as many addresses as they like.
  const gateway = await startGateway(world, { TRUST_PROXY: 'true' });
  throttle = gateway.get(SignInThrottle, { strict: false });
  passwords = gateway.get(Passwords, { strict: false });
  origin = await originOf(gateway);
  operator = await connectOperator(world.nats.urlFor('admin'));
  accountId = await operator.createAccount();
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

let addresses = 0;
const newAddress = (): string => `198.51.${++addresses >> 8}.${addresses & 255}`;

/** Tries to sign in without anything that an earlier visit has left. */
const tryFrom = (address: string, email: string, password: string, cookie?: string) =>
  new Api(origin, undefined).send(
    'POST',
    '/sessions',
    { email, password },
    {
      'x-forwarded-for': address,
      ...(cookie && { cookie }),
    },
  );

/** Fails until a pause is asked for, and says after how many failures. */
async function failUntilPaused(address: string, email: () => string, cookie?: string): Promise<number> {
  for (let failures = 0; failures < 200; failures++) {
    const { status, headers } = await tryFrom(address, email(), 'a wrong password', cookie);
    if (status !== 429) continue;
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    return failures;
  }
  throw new Error('never asked to pause');
}

/** Fails until the pause is longer than any test. */
async function failForLong(address: string, email: string): Promise<void> {
  for (;;) {
    await failUntilPaused(address, () => email);
    const { headers } = await tryFrom(address, email, 'a wrong password');
    if (Number(headers.get('retry-after')) > 60) return;
    await world.sql('gateway', `update gateway.sign_in_failures set until = now()`);
  }
}

describe('signing in', () => {
  it('says the same of an unknown person, a wrong password, a disabled and a removed one', async () => {
    const [known, disabled, removed, owner] = [
      await joinAs(origin, operator, accountId, 'viewer'),
      await joinAs(origin, operator, accountId, 'viewer'),
      await joinAs(origin, operator, accountId, 'viewer'),
      await joinAs(origin, operator, accountId, 'owner'),
    ];
    await operator.bus.request(users.disable, { email: disabled.api.email, is_disabled: true }, operator.context);
    await owner.api.delete(`/users/${removed.id}`);
    const answers = [
      await tryFrom(newAddress(), `${randomUUID()}@example.com`, 'a wrong password'),
      await tryFrom(newAddress(), known.api.email, 'a wrong password'),
      await tryFrom(newAddress(), disabled.api.email, disabled.api.password),
      await tryFrom(newAddress(), removed.api.email, removed.api.password),
    ].map(({ status, body: { request_id: _, ...body }, headers }) => ({
      status,
      body,
      cookies: headers.getSetCookie(),
    }));
    expect(answers[0]).toMatchObject({ status: 401, body: { code: 'invalid_credentials' }, cookies: [] });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect((await tryFrom(newAddress(), known.api.email.toUpperCase(), known.api.password)).status).toBe(201);
  });

  it('does not tell by its pauses either that a password was right which lets nobody in', async () => {
    const { api } = await joinAs(origin, operator, accountId, 'viewer');
    await operator.bus.request(users.disable, { email: api.email, is_disabled: true }, operator.context);
    const address = newAddress();
    for (let n = 0; n < 5; n++) expect((await tryFrom(address, api.email, api.password)).status).toBe(401);
    expect((await tryFrom(address, api.email, api.password)).status).toBe(429);
  });

  it('takes as long for an unknown person as for a wrong password', async () => {
    const { api } = await joinAs(origin, operator, accountId, 'viewer');
    const timed = async (email: string): Promise<number> => {
      const startedAt = performance.now();
      await tryFrom(newAddress(), email, 'a wrong password');
      return performance.now() - startedAt;
    };
    const unknown: number[] = [];
    const wrong: number[] = [];
    for (let n = 0; n < 15; n++) {
      unknown.push(await timed(`${randomUUID()}@example.com`));
      wrong.push(await timed(api.email));
    }
    // Whatever else the machine does only adds to it.
    const least = (values: number[]): number => Math.min(...values);
    // A hash takes some 20 ms; an answer without one would take a tenth.
    expect(least(unknown)).toBeGreaterThan(least(wrong) * 0.6);
    expect(least(wrong)).toBeGreaterThan(least(unknown) * 0.6);
  });

  it('is refused with 503 while too many wait, and that is not counted as a failure', async () => {
    const { api } = await joinAs(origin, operator, accountId, 'viewer');
    const address = newAddress();
    const over = new AbortController();
    // Four are compared, 32 wait, and whoever is done is there again at once.
    const flood = Array.from({ length: 36 }, async () => {
      while (!over.signal.aborted) await passwords.matches('a wrong password', undefined);
    });
    for (let n = 0; n < 6; n++) {
      const { status, headers } = await tryFrom(address, api.email, api.password);
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    }
    over.abort();
    await Promise.all(flood);
    expect((await tryFrom(address, api.email, api.password)).status).toBe(201);
  });
});

describe('whoever guesses', () => {
  it('is asked for pauses that grow, one address against one person', async () => {
    const email = `${randomUUID()}@example.com`;
    const address = newAddress();
    expect(await failUntilPaused(address, () => email)).toBe(5);
    await world.sql('gateway', `update gateway.sign_in_failures set until = now()`);
    expect((await tryFrom(address, email, 'a wrong password')).status).toBe(401);
    const { headers } = await tryFrom(address, email, 'a wrong password');
    // Four seconds, less what has passed since; the pause before was one of two.
    const retryAfterS = Number(headers.get('retry-after'));
    expect(retryAfterS).toBeGreaterThan(2);
    expect(retryAfterS).toBeLessThanOrEqual(4);
  });

  it('is held up by no pause that a clock has given out which was hours ahead and is right again', async () => {
    const address = newAddress();
    await failUntilPaused(address, () => 'ahead@example.com');
    await world.sql('gateway', `update gateway.sign_in_failures set until = now() + interval '2 hours'`);
    expect((await tryFrom(address, 'ahead@example.com', 'a wrong password')).status).toBe(401);
  });

  it('is asked for a pause after 20 persons from one address, or from one IPv6 network', async () => {
    const anybody = () => `${randomUUID()}@example.com`;
    expect(await failUntilPaused(newAddress(), anybody)).toBe(20);
    const network = (n: number) => `2001:db8:0:7::${n.toString(16)}`;
    for (let n = 1; n <= 20; n++) expect((await tryFrom(network(n), anybody(), 'a wrong password')).status).toBe(401);
    expect((await tryFrom(network(21), anybody(), 'a wrong password')).status).toBe(429);
  });

  it('is counted before it is looked at: of thirty at once one is looked at, and the others wait', async () => {
    const email = `${randomUUID()}@example.com`;
    const address = newAddress();
    await tryFrom(address, email, 'a wrong password');
    // The next one costs a pause that is longer than the test.
    await world.sql('gateway', `update gateway.sign_in_failures set count = 12, until = now()`);
    const answers = await Promise.all(Array.from({ length: 30 }, () => tryFrom(address, email, 'a wrong password')));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([401, ...Array<number>(29).fill(429)]);
  });

  it('shuts nobody out who comes from another address, though a hundred others have failed for him', async () => {
    const { api } = await joinAs(origin, operator, accountId, 'viewer');
    for (let n = 0; n < 100; n++) await tryFrom(newAddress(), api.email, 'a wrong password');
    const fresh = newAddress();
    expect((await tryFrom(fresh, api.email, 'a wrong password')).status).toBe(401);
    // But a new address has one attempt before its first pause.
    expect((await tryFrom(fresh, api.email, 'a wrong password')).status).toBe(429);
    expect((await tryFrom(newAddress(), api.email, api.password)).status).toBe(201);
  });

  it('shuts nobody out on a device that he has used before, from the same address', async () => {
    const { api } = await joinAs(origin, operator, accountId, 'viewer');
    const address = newAddress();
    const cookie = `nexivo-device=${api.cookies.get('nexivo-device')}`;
    await failForLong(address, api.email);
    expect((await tryFrom(address, api.email, api.password)).status).toBe(429);
    expect((await tryFrom(address, api.email, api.password, cookie)).status).toBe(201);
    expect((await api.get('/me')).status).toBe(200);
    // The mark is that person's, and no way round.
    const other = await joinAs(origin, operator, accountId, 'viewer');
    expect((await tryFrom(address, other.api.email, 'a wrong password', cookie)).status).toBe(401);
    expect(await failUntilPaused(newAddress(), () => api.email, cookie)).toBe(5);
    const forged = cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    expect((await tryFrom(address, api.email, api.password, forged)).status).toBe(429);
  });

  it('is forgiven his own failures when he succeeds, and those alone', async () => {
    const { api } = await joinAs(origin, operator, accountId, 'viewer');
    const address = newAddress();
    for (let n = 0; n < 4; n++) await tryFrom(address, api.email, 'a wrong password');
    for (let n = 0; n < 15; n++) await tryFrom(address, `${randomUUID()}@example.com`, 'a wrong password');
    expect((await tryFrom(address, api.email, api.password)).status).toBe(201);
    expect((await tryFrom(address, api.email, 'a wrong password')).status).toBe(401);
    expect((await tryFrom(address, `${randomUUID()}@example.com`, 'a wrong password')).status).toBe(429);
  });

  it('has the pause of an address shortened by nobody else who succeeds from there', async () => {
    const address = newAddress();
    const anybody = () => throttle.begin({ email: `${randomUUID()}@example.com`, address });
    for (let n = 0; n < 18; n++) await anybody();
    const own = await anybody();
    // The twentieth, while that one is looked at.
    await anybody();
    await throttle.forgive(own);
    await expect(anybody()).rejects.toMatchObject({ code: 'too_many_sign_ins' });
  });

  it('leaves neither addresses nor e-mail addresses behind', async () => {
    const email = `${randomUUID()}@example.com`;
    const address = newAddress();
    await tryFrom(address, email, 'a wrong password');
    const rows = await world.sql<{ row: string }>('gateway', 'select f::text as row from gateway.sign_in_failures f');
    expect(rows.length).toBeGreaterThan(0);
    for (const { row } of rows) {
      expect(row).not.toContain(email);
      expect(row).not.toContain(address);
    }
  });
});

describe('a new password', () => {
  const invite = async (): Promise<string> => {
    const email = `${randomUUID()}@example.com`;
    const { url } = await operator.bus.request(
      users.invite,
      { account_id: accountId, email, role: 'viewer' },
      operator.context,
    );
    return secretOf(url);
  };

  it.each([
    ['short', 'elevenchars', 'too_short'],
    ['among the commonest', '1q2w3e4r5t6y', 'too_common'],
    ['one of those in other letters', '1Q2W3E4R5T6Y', 'too_common'],
    ['one of those with signs around it', 'password1234!', 'too_common'],
    ['one of those repeated', 'dragondragon', 'too_common'],
  ])('that is %s is refused, and the link stays good', async (_what, password, code) => {
    const secret = await invite();
    const api = new PersonApi(origin, '', '');
    const { status, body } = await api.post('/invitations/accept', { secret, password, name: 'A' });
    expect({ status, errors: body.errors }).toMatchObject({ status: 400, errors: [{ field: 'password', code }] });
    const good = { secret, password: 'a long phrase of mine', name: 'A' };
    expect((await api.post('/invitations/accept', good)).status).toBe(201);
  });

  it('is kept as an argon2id hash of 19 MiB and two passes', async () => {
    await joinAs(origin, operator, accountId, 'viewer');
    const rows = await world.sql<{ hash: string }>('gateway', 'select password_hash as hash from gateway.users');
    for (const { hash } of rows) expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(new Set(rows.map(({ hash }) => hash)).size).toBe(rows.length);
  });

  it('needs the one before, and a wrong one is paused for like any guess, for that session alone', async () => {
    const [mine, other] = [
      await joinAs(origin, operator, accountId, 'viewer'),
      await joinAs(origin, operator, accountId, 'viewer'),
    ];
    const change = { current_password: 'wrong', new_password: 'a long phrase of mine' };
    for (let n = 0; n < 5; n++) {
      const { status, body } = await mine.api.post('/me/change_password', change);
      expect({ status, errors: body.errors }).toMatchObject({ status: 400, errors: [{ field: 'current_password' }] });
    }
    expect((await mine.api.post('/me/change_password', change)).status).toBe(429);
    const right = { current_password: other.api.password, new_password: 'a long phrase of mine' };
    expect((await other.api.post('/me/change_password', right)).status).toBe(200);
  });
});
