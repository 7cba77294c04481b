import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TokenScope, TOKEN_SCOPES } from '@nexivo/contracts/accounts';
import { problem } from '@nexivo/contracts/errors';
import { BASE_PATH, type Route } from '@nexivo/contracts/route';
import { routes } from '@nexivo/contracts/routes';
import { type Answer, Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { startWorld, type World } from '@nexivo/testing/world';
import { gatewayService } from '../src/app.module.js';
import { generateToken } from '../src/accounts/token.js';
import { database } from '../src/database.js';
import { gatewayEnv } from '../src/env.js';

const MIB = 1024 * 1024;
const UUID = '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e';
const pepper = (version: number): string => `${version}:${Buffer.alloc(32, version).toString('base64')}`;

let world: World;
let operator: Operator;
let origin: string;
let accountId: string;
/** With every scope. Nobody serves its commands here: what passes the gateway is a 503. */
let api: Api;

/** Starts one replica of the gateway. */
async function startGateway(peppers: string): Promise<string> {
  const app = await world.start(
    { name: 'gateway', env: gatewayEnv, database, options: gatewayService },
    { TOKEN_PEPPERS: peppers },
  );
  return `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
}

beforeAll(async () => {
  world = await startWorld();
  origin = await startGateway(pepper(1));
  operator = await connectOperator(world.nats.urlFor('admin'));
  accountId = await operator.createAccount();
  api = new Api(origin, (await operator.createToken(accountId)).token);
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

/** What every error must be, whatever it says. */
function expectProblem(answer: Answer, status: number, code: string): void {
  expect({ status: answer.status, code: answer.body.code, body: answer.body }).toMatchObject({ status, code });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const body = problem.parse(answer.body);
  expect(body.status).toBe(status);
  expect(new URL(body.type).pathname).toBe(`/docs/errors/${code}`);
  expect(body.request_id).toBe(answer.headers.get('x-request-id'));
}

const anonymous = (): Api => new Api(origin, undefined);
const withAuthorization = (authorization: string): Promise<Answer> =>
  anonymous().send('GET', '/candidates', undefined, { authorization });
/** With an id that could be one: events have ids of their own form. */
const pathOf = ({ path }: Route): string =>
  path.replaceAll(/\{\w+\}/g, path.startsWith('/events/') ? `evt_${UUID.replaceAll('-', '')}` : UUID);
const named = routes.map((route) => [`${route.method} ${route.path}`, route] as const);
const scoped = named.filter(([, { scope }]) => scope);

/** Sends bytes as they are and reads until the server closes. */
function sendRaw(bytes: string): Promise<{ head: string; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => socket.write(bytes));
    let received = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (received += chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      const end = received.indexOf('\r\n\r\n');
      resolve({ head: received.slice(0, end), body: received.slice(end + 4) });
    });
  });
}

describe('a token at rest', () => {
  it('is in no table of the gateway: not as it is, not encoded, not its random part', async () => {
    const { token, id } = await operator.createToken(accountId);
    const tables = await world.sql<{ table_name: string }>(
      'gateway',
      `select table_name from information_schema.tables where table_schema = 'gateway'`,
    );
    const content: string[] = [];
    for (const { table_name } of tables) {
      const rows = await world.sql<{ row: string }>('gateway', `select t::text as row from gateway."${table_name}" t`);
      content.push(...rows.map(({ row }) => row));
    }
    const everything = content.join('\n');
    expect(everything).toContain(id);
    const random = token.slice('nxv_live_'.length, -6);
    for (const secret of [token, random]) {
      const bytes = Buffer.from(secret);
      for (const form of [secret, bytes.toString('hex'), bytes.toString('base64').slice(0, -4)]) {
        expect(everything).not.toContain(form);
      }
    }
  });
});

describe('who is refused with 401', () => {
  it('whoever sends no token, and the challenge names no error then', async () => {
    const answer = await anonymous().get('/candidates');
    expectProblem(answer, 401, 'missing_token');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it.each<[string, () => string]>([
    ['another scheme', () => 'Basic dXNlcjpwYXNz'],
    ['the scheme alone', () => 'Bearer'],
    ['nothing after the scheme', () => 'Bearer '],
    ['the token without a scheme', () => api.token!],
    ['two tokens', () => `Bearer ${api.token} ${api.token}`],
    ['a token of another make', () => 'Bearer sk_live_abc'],
    ['a token with a typing error', () => `Bearer ${api.token!.slice(0, -1)}${api.token!.endsWith('a') ? 'b' : 'a'}`],
    ['a token in other letters', () => `Bearer ${api.token!.toUpperCase()}`],
    ['a token that nobody issued', () => `Bearer ${generateToken()}`],
  ])('whoever sends %s', async (_, authorization) => {
    const answer = await withAuthorization(authorization());
    expectProblem(answer, 401, 'invalid_token');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer\b/);
  });

  it('whoever sends a revoked token, from the next request on', async () => {
    const { token, id } = await operator.createToken(accountId);
    const client = new Api(origin, token);
    expectProblem(await client.get('/candidates'), 503, 'service_unavailable');
    await operator.revokeToken(id);
    expectProblem(await client.get('/candidates'), 401, 'invalid_token');
  });

  it('whoever sends an expired token', async () => {
    const { token, id } = await operator.createToken(accountId);
    await world.sql('gateway', `update gateway.api_tokens set expires_at = now() - interval '1 second' where id = $1`, [
      id,
    ]);
    const answer = await new Api(origin, token).get('/candidates');
    expectProblem(answer, 401, 'invalid_token');
    expect(answer.body.detail).toMatch(/expired/);
  });

  it('not whoever writes the scheme in other letters or more blanks behind it', async () => {
    for (const authorization of [`bearer ${api.token}`, `BEARER   ${api.token} `]) {
      expectProblem(await withAuthorization(authorization), 503, 'service_unavailable');
    }
  });

  it.each(scoped)('whoever comes without a token to %s, before anything else is looked at', async (_, route) => {
    const answer = await anonymous().send(route.method, `${pathOf(route)}?nonsense=1`, route.body && '{broken');
    expectProblem(answer, 401, 'missing_token');
    expect(answer.body.errors).toBeUndefined();
  });
});

describe('who is refused with 403', () => {
  it('an account whose plan has no API', async () => {
    const starter = await operator.createAccount('starter');
    const { token } = await operator.createToken(starter);
    expectProblem(await new Api(origin, token).get('/candidates'), 403, 'plan_without_api_access');
  });

  it.each(TOKEN_SCOPES)(
    'whoever lacks %s, by every route that needs it and before the request is validated',
    async (scope) => {
      const others = TOKEN_SCOPES.filter((other) => other !== scope);
      const client = new Api(origin, (await operator.createToken(accountId, others)).token);
      for (const [, route] of scoped.filter(([, each]) => each.scope === scope)) {
        const answer = await client.send(route.method, `${pathOf(route)}?nonsense=1`, route.body && '{broken');
        expectProblem(answer, 403, 'insufficient_scope');
        expect(answer.body.detail).toContain(scope);
        expect(answer.body.errors).toBeUndefined();
      }
    },
  );

  it('not whoever has the one scope that is needed and no other', async () => {
    const clients = new Map<TokenScope, Api>();
    for (const scope of TOKEN_SCOPES)
      clients.set(scope, new Api(origin, (await operator.createToken(accountId, [scope])).token));
    for (const [name, route] of scoped) {
      const client = clients.get(route.scope as TokenScope);
      // Of people alone.
      if (!client) continue;
      const answer = await client.send(route.method, pathOf(route), route.body && '{broken');
      expect([name, answer.status]).toEqual([name, letIn(route)]);
    }
  });
});

/** What a request gets that has passed: nobody serves the commands here, and the ids name nothing. */
function letIn(route: Route): number {
  const isIncomplete = route.body !== undefined || route.query?.safeParse({}).success === false;
  if (isIncomplete) return 400;
  if (!OWN_TAGS.includes(route.tag)) return 503;
  return route.params ? 404 : 200;
}

/** Of routes that the gateway answers itself. */
const OWN_TAGS = ['Account', 'Audit', 'Tokens', 'Users'];

const idOf = async (given: string): Promise<string> =>
  (await api.send('GET', '/candidates', undefined, { 'x-request-id': given })).headers.get('x-request-id')!;

describe('the id of a request', () => {
  it.each(['a', 'req-1:2/3', '!~', 'x'.repeat(128)])('is the one that the caller gave: %s', async (given) => {
    await expect(idOf(given)).resolves.toBe(given);
  });

  it.each(['', 'two words', 'x'.repeat(129), 'tab\there', 'é'])(
    'is a new one when the caller gave %j',
    async (given) => {
      const id = await idOf(given);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    },
  );

  it('is a new one for each request that brings none', async () => {
    const ids = await Promise.all(
      [1, 2, 3].map(async () => (await api.get('/candidates')).headers.get('x-request-id')),
    );
    expect(new Set(ids).size).toBe(3);
  });
});

describe('browsers', () => {
  it('may ask first, without a token, and are told what they may send and read', async () => {
    const answer = await anonymous().send('OPTIONS', '/candidates', undefined, {
      origin: 'https://app.example.com',
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type',
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-methods')!.split(/, ?/)).toEqual(
      expect.arrayContaining(['PATCH', 'DELETE']),
    );
    expect(answer.headers.get('access-control-allow-headers')).toMatch(/authorization/);
  });

  it('may read every answer, errors too, and the headers that they need for what comes next', async () => {
    const answer = await anonymous().send('GET', '/candidates', undefined, { origin: 'https://app.example.com' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const exposed = answer.headers.get('access-control-expose-headers')!.toLowerCase().split(/, ?/);
    expect(exposed).toEqual(expect.arrayContaining(['link', 'location', 'retry-after', 'x-request-id']));
  });

  it('and others get no error for an OPTIONS that is no preflight', async () => {
    expect((await anonymous().send('OPTIONS', '/candidates')).status).toBe(204);
  });

  it('keep nothing and guess nothing: security headers are on every answer', async () => {
    for (const answer of [
      await api.get('/candidates'),
      await anonymous().get('/nowhere'),
      await anonymous().get('/openapi.json'),
    ]) {
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('strict-transport-security')).toMatch(/max-age=\d+/);
      expect(answer.headers.get('content-security-policy')).toBeTruthy();
      expect(answer.headers.get('x-powered-by')).toBeNull();
      expect(answer.headers.get('server')).toBeNull();
    }
    expect((await api.get('/candidates')).headers.get('cache-control')).toBe('no-store');
  });
});

describe('methods and paths', () => {
  it.each([
    ['PUT', '/candidates', 'GET, POST, HEAD, OPTIONS'],
    ['DELETE', '/jobs', 'GET, POST, HEAD, OPTIONS'],
    ['POST', `/candidates/${UUID}`, 'GET, PATCH, DELETE, HEAD, OPTIONS'],
    ['PUT', `/submissions/${UUID}/history`, 'GET, HEAD, OPTIONS'],
    ['DELETE', '/openapi.json', 'GET, HEAD, OPTIONS'],
  ])('%s %s is a 405 that lists what is allowed', async (method, path, allowed) => {
    const answer = await api.send(method, path);
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.get('allow')!.split(', ').toSorted()).toEqual(allowed.split(', ').toSorted());
  });

  it.each(['/nowhere', '', `/candidates/${UUID}/nothing`, '/Candidates', '/candidates.json'])(
    '%j is a 404 of its own code',
    async (path) => {
      expectProblem(await api.get(path), 404, 'route_not_found');
    },
  );

  it('an id that cannot exist is the same 404 as one that does not', async () => {
    for (const id of ['1', 'not-a-uuid', '%00', 'x'.repeat(400), 'é']) {
      const answer = await api.get(`/jobs/${encodeURI(id).replace('%2500', '%00')}`);
      expectProblem(answer, 404, 'not_found');
      expect(answer.body.detail).toBe('There is no such job.');
    }
  });

  it('HEAD answers as GET would, without a body', async () => {
    const [head, get] = [await anonymous().send('HEAD', '/openapi.json'), await anonymous().get('/openapi.json')];
    expect([head.status, head.body]).toEqual([200, '']);
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
    const refused = await anonymous().send('HEAD', '/candidates');
    expect([refused.status, refused.body, refused.headers.get('www-authenticate')]).toEqual([401, '', 'Bearer']);
  });
});

const post = (body: string | undefined, headers: Record<string, string>): Promise<Answer> =>
  api.send('POST', '/candidates', body, headers);

/** A JSON object of that many bytes. */
const padded = (bytes: number): string => `{${' '.repeat(bytes - 2)}}`;

describe('bodies', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/merge-patch+json',
    'application/jsonx',
    'json',
  ])('of the type %s are a 415 for a POST', async (type) => {
    expectProblem(await post('{}', { 'content-type': type }), 415, 'unsupported_media_type');
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/merge-patch+json'])(
    'of the type %s are read for a PATCH',
    async (type) => {
      const answer = await api.send('PATCH', `/candidates/${UUID}`, '{}', { 'content-type': type });
      expectProblem(answer, 503, 'service_unavailable');
    },
  );

  it('of up to 1 MiB are read, and one more byte is a 413', async () => {
    const json = { 'content-type': 'application/json' };
    expectProblem(await post(padded(MIB), json), 400, 'validation_failed');
    expectProblem(await post(padded(MIB + 1), json), 413, 'payload_too_large');
  });

  it('that are not UTF-8 are a 400', async () => {
    const response = await fetch(`${origin}${BASE_PATH}/candidates`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
      body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    });
    expectProblem(
      { status: response.status, headers: response.headers, body: await response.json() },
      400,
      'malformed_json',
    );
  });

  it.each([
    '{',
    '',
    '{"a":1}{"b":2}',
    "{'a':1}",
    '{"__proto__":{"a":1}}',
    '{"constructor":{"prototype":{}}}',
    '\ufeff{',
  ])('that are no JSON or try to be clever are a 400: %j', async (body) => {
    const answer = await post(body, { 'content-type': 'application/json' });
    expectProblem(answer, 400, 'malformed_json');
    expect(answer.body.errors).toHaveLength(1);
  });

  it.each(['null', '[]', '"text"', '1'])('that are JSON but no object are a 400 that says so: %s', async (body) => {
    const answer = await post(body, { 'content-type': 'application/json' });
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body.errors).toEqual([expect.objectContaining({ field: 'body', code: 'invalid_type' })]);
  });

  it('where none is read are a 400, not ignored', async () => {
    const answer = await api.send('DELETE', `/candidates/${UUID}`, '{"force":true}');
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body.errors).toEqual([expect.objectContaining({ field: 'body', code: 'unexpected_body' })]);
  });

  it.each(['', ' \n', '{}', '{ }', 'null', '""', '[]', '{"":""}'])(
    'where none is read are nothing when they say nothing: %j',
    async (body) => {
      for (const [method, path] of [
        ['DELETE', `/candidates/${UUID}`],
        ['POST', `/webhooks/${UUID}/rotate_secret`],
      ] as const) {
        expectProblem(await api.send(method, path, body), 503, 'service_unavailable');
      }
    },
  );

  it.each([7, true, 'text', { id: UUID, email: 'jane@example.com' }])(
    'of a DELETE may be what the client has in hand: %j',
    async (body) => {
      expectProblem(await api.send('DELETE', `/candidates/${UUID}`, JSON.stringify(body)), 503, 'service_unavailable');
      const answer = await api.send('POST', `/webhooks/${UUID}/rotate_secret`, JSON.stringify(body));
      expectProblem(answer, 400, 'validation_failed');
    },
  );

  it.each([{ id: UUID.replace('0', '1') }, { force: true }, [UUID], 'not JSON {'])(
    'of a DELETE are refused when they are about something else: %j',
    async (body) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      expectProblem(await api.send('DELETE', `/candidates/${UUID}`, text), 400, 'validation_failed');
    },
  );

  it.each([
    ['{"a":1,"b":{"a":2},"a":3}', 'a'],
    ['{"custom_fields":{"x":1,"\\u0078":2}}', 'x'],
    ['{"a":[{"b\\"":1},{"b\\"":1,"b\\"":1}]}', 'b\\"'],
  ])('have each member once: %s', async (body, name) => {
    const answer = await post(body, { 'content-type': 'application/json' });
    expectProblem(answer, 400, 'malformed_json');
    expect(answer.body.detail).toBe(`The body has "${name}" twice.`);
  });
});

describe('parameters that are sent twice', () => {
  it('are one when they are equal, and one list where the parameter is a list', async () => {
    const query = 'per_page=5&per_page=5&status=new&status=screening,placed&sort=email&sort=email';
    expectProblem(await api.get(`/candidates?${query}`), 503, 'service_unavailable');
  });

  it('are refused otherwise, and both values are named', async () => {
    const answer = await api.get('/candidates?per_page=5&per_page=50');
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body.detail).toBe('per_page must be sent only once, not as "5" and "50".');
  });

  it('are told how a list is written', async () => {
    const answer = await api.get('/candidates?status[]=new&status[]=placed');
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body.detail).toBe('status[] must be written as status=a,b.');
  });
});

describe('what is no HTTP', () => {
  it.each<[string, string, number, string]>([
    ['no request at all', 'hello\r\n\r\n', 400, 'malformed_request'],
    [
      'a method that does not exist',
      `BREW ${BASE_PATH}/candidates HTTP/1.1\r\nhost: a\r\n\r\n`,
      400,
      'malformed_request',
    ],
    [
      'two lengths',
      `POST ${BASE_PATH}/jobs HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n`,
      400,
      'malformed_request',
    ],
    [
      'a length and chunks, as smugglers send them',
      `POST ${BASE_PATH}/jobs HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'malformed_request',
    ],
    [
      'headers without end',
      `GET ${BASE_PATH}/jobs HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
  ])('gets a problem all the same, and the connection is closed: %s', async (_, bytes, status, code) => {
    const { head, body } = await sendRaw(bytes);
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toMatch(/^content-type: application\/problem\+json/im);
    expect(head).toMatch(/^connection: close$/im);
    const parsed = problem.parse(JSON.parse(body));
    expect(parsed).toMatchObject({ status, code });
    expect(head.toLowerCase()).toContain(`x-request-id: ${parsed.request_id}`);
  });

  it.each(['/candidates/%', '/candidates/%zz', '/%c0%ae'])('is a path whose escapes are broken: %s', async (path) => {
    const answer = await api.get(path);
    expectProblem(answer, 400, 'malformed_request');
    expect(answer.body.errors).toEqual([expect.objectContaining({ field: 'url' })]);
  });
});

it('tells nobody of the inside, whatever is asked', async () => {
  const answers = [await api.get(`/jobs/${randomUUID()}`), await api.get(`/nowhere/${'x'.repeat(1_000)}`)];
  for (const { body } of answers)
    expect(JSON.stringify(body)).not.toMatch(/node_modules|\/src\/|\bat \w+ \(|select |nats/i);
});

// Last, because the replicas that know another pepper answer the operator, too.
it('lets a token work on when a newer pepper is added, and refuses it without the one it was made with', async () => {
  const { token } = await operator.createToken(accountId);
  const both = await startGateway(`${pepper(2)},${pepper(1)}`);
  expectProblem(await new Api(both, token).get('/candidates'), 503, 'service_unavailable');
  const newest = await startGateway(pepper(2));
  expectProblem(await new Api(newest, token).get('/candidates'), 401, 'invalid_token');
});
