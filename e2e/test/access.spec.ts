import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SESSION_SCOPES, type TokenScope, TOKEN_SCOPES, tokens } from '@nexivo/contracts/accounts';
import type { Route } from '@nexivo/contracts/route';
import { routes } from '@nexivo/contracts/routes';
import { generateToken } from '@nexivo/gateway/accounts/token';
import { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { type SharedStack, shareStack } from './shared-stack.js';

let shared: SharedStack;
/** A token for each state of token and account. */
const held: Record<string, string | undefined> = {};
/** A token for each single scope, and for all but that one. */
const only = new Map<TokenScope, string>();
const allBut = new Map<TokenScope, string>();

beforeAll(async () => {
  shared = await shareStack();
  const { operator } = shared;
  const accountId = await operator.createAccount();
  const make = async (scopes: readonly TokenScope[] = TOKEN_SCOPES) =>
    (await operator.createToken(accountId, scopes)).token;
  for (const scope of TOKEN_SCOPES) {
    only.set(scope, await make([scope]));
    allBut.set(scope, await make(TOKEN_SCOPES.filter((each) => each !== scope)));
  }
  const revoked = await operator.createToken(accountId);
  await operator.revokeToken(revoked.id);
  const expired = await operator.createToken(accountId, TOKEN_SCOPES, new Date(Date.now() + 300).toISOString());
  const rotated = await operator.createToken(accountId);
  await operator.bus.request(tokens.rotate, { id: rotated.id, overlap_s: 0 }, operator.context);
  const starter = await operator.createToken(await operator.createAccount('starter'));
  const exhausted = await operator.createToken(await operator.createAccount('professional', { perDay: 1 }));
  await new Api(shared.origin, exhausted.token).get('/jobs');
  const valid = await make();
  await eventually(async () => expect((await new Api(shared.origin, expired.token).get('/me')).status).toBe(401));
  Object.assign(held, {
    none: undefined,
    nonsense: 'nonsense',
    malformed: `nxv_live_${randomBytes(18).toString('hex')}`,
    unknown: generateToken(),
    revoked: revoked.token,
    rotated: rotated.token,
    expired: expired.token,
    starter: starter.token,
    exhausted: exhausted.token,
    valid,
  });
});
afterAll(() => shared.leave());

const ABSENT = '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e';

async function statusOf(route: Route, token: string | undefined): Promise<number> {
  const path = route.path.replaceAll(/\{\w+\}/g, ABSENT);
  return (await new Api(shared.origin, token).send(route.method, path, route.body && {})).status;
}

/** What a token can never be allowed. */
const isForPeople = ({ isForSessions, scope }: Route): boolean =>
  isForSessions === true || SESSION_SCOPES.some((each) => each === scope);

/** What a request that is let in gets: it says nothing, which some routes refuse, and its ids name nothing. */
function admittedStatus(route: Route): number {
  const isRefused = [route.query, route.body].some((schema) => schema && !schema.safeParse({}).success);
  if (isRefused) return 400;
  return route.params ? 404 : 200;
}

/** What each state makes of a route that is not public. */
const STATES: Record<string, (route: Route) => number> = {
  none: () => 401,
  nonsense: () => 401,
  malformed: () => 401,
  unknown: () => 401,
  revoked: () => 401,
  rotated: () => 401,
  expired: () => 401,
  starter: () => 403,
  exhausted: (route) => {
    if (route.isForSessions) return 403;
    return route.isFree ? admittedStatus(route) : 429;
  },
  valid: (route) => (isForPeople(route) ? 403 : admittedStatus(route)),
};

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_name, route) => {
  it.each(Object.entries(STATES))('token %s', async (state, expected) => {
    expect(await statusOf(route, held[state])).toBe(route.isPublic ? admittedStatus(route) : expected(route));
  });

  it('takes a token with its scope alone, and none that has all others', async () => {
    for (const scope of TOKEN_SCOPES) {
      const isNeeded = scope === route.scope;
      const admitted = { [scope]: isForPeople(route) ? 403 : admittedStatus(route) };
      expect({ [scope]: await statusOf(route, allBut.get(scope)) }).toEqual(isNeeded ? { [scope]: 403 } : admitted);
      if (route.scope)
        expect({ [scope]: await statusOf(route, only.get(scope)) }).toEqual(isNeeded ? admitted : { [scope]: 403 });
    }
  });
});
