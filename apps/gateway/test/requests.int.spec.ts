import { request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tokenScope } from '@nexivo/contracts/accounts';
import { problem } from '@nexivo/contracts/errors';
import { BASE_PATH, type Route, takesIfMatch } from '@nexivo/contracts/route';
import { routes } from '@nexivo/contracts/routes';
import { type Answer, Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { startWorld, type World } from '@nexivo/testing/world';
import { z } from 'zod';
import { originOf, startGateway } from './gateway-under-test.js';
import * as uploads from './uploads.js';

let world: World;
let operator: Operator;
let origin: string;
let api: Api;
let authorization: string;

beforeAll(async () => {
  world = await startWorld();
  await world.spawn('candidates');
  origin = await originOf(await startGateway(world));
  operator = await connectOperator(world.nats.urlFor('admin'));
  const { token } = await operator.createToken(await operator.createAccount());
  api = new Api(origin, token);
  authorization = `Bearer ${token}`;
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

/** What comes back over HTTP as it is, however it is encoded. */
async function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
): Promise<{ status: number; headers: Record<string, string>; rawHeaders: string[]; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(origin + path, { method, headers: { authorization, ...headers } }, (response) => {
      buffer(response).then(
        (bytes) =>
          resolve({
            status: response.statusCode!,
            headers: response.headers as Record<string, string>,
            rawHeaders: response.rawHeaders,
            bytes,
          }),
        reject,
      );
    });
    sent.on('error', reject).end(body);
  });
}

const bodyOf = ({ bytes }: { bytes: Buffer }): any => JSON.parse(bytes.toString()); // oxlint-disable-line typescript/no-explicit-any -- tests look into it

describe('what no route is asked for', () => {
  const HOST = 'host: a\r\n';
  it.each([
    ['an escape that is none', `GET ${BASE_PATH}/candidates/%zz HTTP/1.1\r\n${HOST}`, 400, 'url'],
    ['an escape that is not UTF-8', `GET ${BASE_PATH}/candidates/%ff HTTP/1.1\r\n${HOST}`, 400, 'url'],
    ['bytes beyond ASCII', `GET ${BASE_PATH}/candidates?city=K\u00f6ln HTTP/1.1\r\n${HOST}`, 400, 'url'],
    ['a method that is none', `FETCH ${BASE_PATH}/candidates HTTP/1.1\r\n${HOST}`, 400, 'request'],
    ['what is not HTTP', `hello\r\n`, 400, 'request'],
    ['no host', `GET ${BASE_PATH}/candidates HTTP/1.1\r\n`, 400, 'host'],
    ['an expectation that is none', `GET ${BASE_PATH}/candidates HTTP/1.1\r\n${HOST}expect: tea\r\n`, 400, 'expect'],
    ['QUERY', `QUERY ${BASE_PATH}/candidates HTTP/1.1\r\n${HOST}`, 405, undefined],
    ['another method', `PROPFIND ${BASE_PATH}/candidates HTTP/1.1\r\n${HOST}`, 405, undefined],
    ['no path', `GET /nothing HTTP/1.1\r\n${HOST}`, 404, undefined],
  ])(
    '%s gets a problem with its request id, which pages of other origins may read',
    async (_what, head, status, field) => {
      const [answer] = await uploads.answersTo(origin, `${head}origin: https://a.example\r\nconnection: close\r\n\r\n`);
      const [, headers, body] = /^([^]*?)\r\n\r\n([^]*)$/.exec(answer!.text)!;
      expect(answer!.status).toBe(status);
      expect(headers).toMatch(/^content-type: application\/problem\+json/im);
      expect(headers).toMatch(/^access-control-allow-origin: \*$/im);
      const { request_id, errors } = problem.parse(JSON.parse(body!));
      expect(headers).toContain(request_id);
      expect(errors?.[0]?.field).toBe(field);
    },
  );

  it('an id of any length is one that does not exist', async () => {
    for (const length of [500, 501, 8_000]) {
      const answer = await send('GET', `${BASE_PATH}/candidates/${'x'.repeat(length)}`);
      expect({ length, status: answer.status, code: bodyOf(answer).code }).toEqual({
        length,
        status: 404,
        code: 'not_found',
      });
    }
  });
});

describe('a body with a Content-Encoding', () => {
  const post = (coding: string, body: Buffer | string) =>
    send('POST', `${BASE_PATH}/candidates`, { 'content-type': 'application/json', 'content-encoding': coding }, body);

  it.each(['gzip', 'x-gzip', 'GZIP'])('of %s is taken', async (coding) => {
    const answer = await post(coding, gzipSync('{"first_name":"Jane","last_name":"Smith"}'));
    expect(answer.status).toBe(201);
    expect(bodyOf(answer)).toMatchObject({ first_name: 'Jane' });
    expect((await post('identity', '{"first_name":"Jane","last_name":"Smith"}')).status).toBe(201);
  });

  it.each(['br', 'deflate', 'gzip, gzip', 'zstd'])('of %s is refused, with what is taken', async (coding) => {
    const answer = await post(coding, '{}');
    expect([answer.status, bodyOf(answer).code]).toEqual([415, 'unsupported_media_type']);
    expect(bodyOf(answer).detail).toContain('gzip');
    expect(answer.headers['accept-encoding']).toBe('gzip');
  });

  it('that it does not have is refused', async () => {
    const answer = await post('gzip', '{"first_name":"Jane"}');
    expect([answer.status, bodyOf(answer).errors[0].field]).toEqual([400, 'content-encoding']);
  });

  it('is bounded by what it becomes', async () => {
    const answer = await post('gzip', gzipSync(Buffer.alloc(64 * 1024 * 1024, ' ')));
    expect([answer.status, bodyOf(answer).code]).toEqual([413, 'payload_too_large']);
  });
});

/** What a token may ask for, with an id that names nothing. */
const forTokens = routes.filter(
  ({ isPublic, isForSessions, scope }) =>
    !isPublic && !isForSessions && (!scope || tokenScope.safeParse(scope).success),
);
const named = (list: readonly Route[]) => list.map((route) => [`${route.method} ${route.path}`, route] as const);
const pathOf = ({ path, query }: Route, ...parameters: string[]): string => {
  const takesNothing = !query || query.safeParse({}).success;
  const search = [...(takesNothing ? [] : ['since=2026-01-01T00:00:00Z']), ...parameters].join('&');
  const named = path
    .replace('/events/{id}', '/events/evt_019ab2f07a0e7c3c9d0b0f6f2c1f6f6e')
    .replaceAll(/\{\w+\}/g, '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e');
  return search === '' ? named : `${named}?${search}`;
};
const bodyFor = ({ body, example }: Route): unknown => (body ? (example ?? {}) : undefined);
const faultOf = ({ status, body }: Answer) => ({ status, field: body.errors?.[0]?.field });

describe.each(named(forTokens))('%s', (_name, route) => {
  const conditions = [
    'if-modified-since',
    'if-unmodified-since',
    'if-range',
    ...(takesIfMatch(route) ? [] : ['if-match']),
  ];

  it.each(conditions)('refuses %s, which it does not evaluate', async (name) => {
    const answer = await api.send(route.method, pathOf(route), bodyFor(route), { [name]: '"1"' });
    expect(faultOf(answer)).toEqual({ status: 400, field: name });
  });

  it('refuses a parameter that cannot be decoded, by its name', async () => {
    const answer = await api.send(route.method, pathOf(route, 'city=%FF'), bodyFor(route));
    expect(faultOf(answer)).toEqual({ status: 400, field: 'city' });
  });

  if (!route.body) {
    it('reads no body: one that says something is refused, one that says nothing is nothing', async () => {
      const path = BASE_PATH + pathOf(route);
      const json = { 'content-type': 'application/json' };
      for (const body of ['{"status":"new"}', '[1]', '{', 'status=new']) {
        const answer = await send(route.method, path, { ...json, 'content-length': String(body.length) }, body);
        expect({ body, status: answer.status, field: bodyOf(answer).errors?.[0]?.field }).toEqual({
          body,
          status: 400,
          field: 'body',
        });
        expect(bodyOf(answer).detail).toMatch(/^body is not read by this request: /);
      }
      for (const body of ['', ' \r\n', '{}', 'null', '""', '[]', '{"":""}', '{ "" : "" }']) {
        const answer = await send(route.method, path, { ...json, 'content-length': String(body.length) }, body);
        expect({ body, status: answer.status }).not.toEqual({ body, status: 400 });
      }
    });
  }

  const isPaged = route.query instanceof z.ZodObject && 'per_page' in route.query.shape;
  if (!isPaged) return;

  it('takes a parameter that is sent twice with an equal value, and names two that differ', async () => {
    expect((await api.get(pathOf(route, 'per_page=5', 'per_page=5'))).status).not.toBe(400);
    const answer = await api.get(pathOf(route, 'per_page=5', 'per_page=6'));
    expect(faultOf(answer)).toEqual({ status: 400, field: 'per_page' });
    expect(answer.body.detail).toBe('per_page must be sent only once, not as "5" and "6".');
  });

  it('says how lists are written here, where one is written as elsewhere', async () => {
    for (const name of ['per_page[]', 'per_page[0]']) {
      const answer = await api.get(pathOf(route, `${encodeURIComponent(name)}=5`));
      expect(answer.body.errors).toEqual([
        { field: name, code: 'unknown_parameter', message: 'must be written as per_page=a' },
      ]);
    }
  });
});

describe('an answer', () => {
  const summary = 'x'.repeat(2_000);
  const read = (path: string, headers: Record<string, string>) => send('GET', BASE_PATH + path, headers);

  beforeAll(async () => {
    expect((await api.post('/candidates', { first_name: 'Long', last_name: 'Summary', summary })).status).toBe(201);
  });

  it.each([
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
  ])('is compressed as %s where asked for, from 1 kB on', async (coding, decode) => {
    const plain = await read('/candidates?cursor=', {});
    expect(plain.headers['content-encoding']).toBeUndefined();
    const answer = await read('/candidates?cursor=', { 'accept-encoding': coding });
    expect([answer.status, answer.headers['content-encoding']]).toEqual([200, coding]);
    expect(answer.headers['vary']).toMatch(/accept-encoding/i);
    expect(decode(answer.bytes)).toEqual(plain.bytes);
    expect(answer.bytes.length).toBeLessThan(plain.bytes.length / 2);
    const small = await read('/me', { 'accept-encoding': coding });
    expect(small.headers['content-encoding']).toBeUndefined();
    const refused = await read('/candidates?stauts=x', { 'accept-encoding': `${coding};q=0` });
    expect(refused.headers['content-encoding']).toBeUndefined();
  });

  it('is compressed in the cheaper way where both are asked for alike', async () => {
    const codingFor = async (accepted: string) =>
      (await read('/candidates?cursor=', { 'accept-encoding': accepted })).headers['content-encoding'];
    expect(await codingFor('gzip, deflate, br')).toBe('br');
    expect(await codingFor('gzip, br;q=0.5')).toBe('gzip');
    expect(await codingFor('gzip, deflate')).toBe('gzip');
    expect(await codingFor('zstd')).toBeUndefined();
  });

  it.each([
    ['of ASCII', 'a'.repeat(1_000)],
    ['of umlauts', 'ü'.repeat(1_000)],
    ['of others', '漢'.repeat(1_000)],
  ])('has less than 4 KiB of headers, and all links in its body, for a q of 1,000 characters %s', async (_what, q) => {
    const answer = await read(`/candidates?per_page=1&q=${encodeURIComponent(q)}`, {
      origin: 'https://a.example',
      'x-request-id': 'x'.repeat(128),
    });
    expect(answer.status).toBe(200);
    expect(answer.rawHeaders.join('\r\n').length + answer.rawHeaders.length).toBeLessThan(4_096);
    expect(new URL(bodyOf(answer).links.first).searchParams.get('q')).toBe(q);
    expect(answer.headers['link'] ?? '').not.toMatch(/rel="last"(?!.*rel="first")/);
  });

  it('of the document is remembered by whoever asks again: it has a tag, and may be kept for an hour', async () => {
    const first = await read('/openapi.json', {});
    expect(first.headers['cache-control']).toBe('public, max-age=3600');
    const etag = first.headers['etag']!;
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    for (const known of [etag, `W/${etag}`]) {
      const again = await read('/openapi.json', { 'if-none-match': known });
      expect([again.status, again.bytes.length, again.headers['etag']]).toEqual([304, 0, etag]);
    }
    const elsewhere = await read('/openapi.json', { host: 'other.example' });
    expect(elsewhere.headers['etag']).not.toBe(etag);
    expect(bodyOf(elsewhere).servers).toEqual([{ url: `http://other.example${BASE_PATH}` }]);
  });
});
