import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ApiError,
  BadRequestError,
  ConflictError,
  ConnectionError,
  Nexivo,
  PreconditionFailedError,
  ServerError,
  TooManyRequestsError,
  UnexpectedAnswerError,
} from '@nexivo/sdk';
import { type Answerer, json, problem, startStub, type Stub } from './api-stub.js';

let stub: Stub;
const start = async (answer: Answerer): Promise<Stub> => (stub = await startStub(answer));
afterEach(() => stub.stop());

const JANE = { first_name: 'Jane', last_name: 'Smith' };

describe('a request', () => {
  it('carries token, body, query and conditions as the API wants them', async () => {
    await start((response) => json(response, 200, { data: [], links: { next: null } }));
    const client = stub.client();
    await client.candidates.list({ status: ['new', 'placed'], city: ['Köln, Mitte', 'Bonn'], q: undefined }).page();
    await client.candidates.put('a/b ?', JANE, { ifMatch: '"3"' });
    expect(stub.seen.map(({ method, url }) => `${method} ${decodeURIComponent(url)}`)).toEqual([
      'GET /ats/api/v1/candidates?status=new,placed&city="Köln,+Mitte",Bonn',
      'PUT /ats/api/v1/candidates/by_external_id/a/b ?',
    ]);
    expect(stub.seen[1]).toMatchObject({
      url: '/ats/api/v1/candidates/by_external_id/a%2Fb%20%3F',
      headers: { authorization: 'Bearer nxv_live_test', 'if-match': '"3"', 'content-type': 'application/json' },
      body: JSON.stringify(JANE),
    });
    expect(stub.seen[1]!.headers).not.toHaveProperty('idempotency-key');
  });

  it.each(['', '.', '..'])('is not made for the id %p, which would be another path', async (id) => {
    await start((response) => json(response, 200, {}));
    expect(() => stub.client().candidates.get(id)).toThrow(TypeError);
    expect(stub.seen).toEqual([]);
  });

  it.each([
    ['no URL', { baseUrl: 'candidates', token: 'x' }],
    ['no URL of http', { baseUrl: 'file:///etc', token: 'x' }],
    ['no token', { baseUrl: 'http://localhost', token: '' }],
  ])('needs a client that knows whom it asks: %s', async (_, options) => {
    await start(() => undefined);
    expect(() => new Nexivo(options)).toThrow(TypeError);
  });
});

describe('an answer', () => {
  it('shows version, quota and request id to who asks for them', async () => {
    await start((response) =>
      json(
        response,
        201,
        { id: '1' },
        {
          etag: '"3"',
          'x-request-id': 'r1',
          'idempotency-replayed': 'true',
          'ratelimit-policy': '"minute";q=60;w=60, "day";q=10000;w=86400',
          ratelimit: '"minute";r=59;t=60, "day";r=9999;t=43200',
        },
      ),
    );
    expect(await stub.client().candidates.create(JANE).withResponse()).toMatchObject({
      data: { id: '1' },
      status: 201,
      etag: '"3"',
      requestId: 'r1',
      isReplayed: true,
      quota: {
        minute: { limit: 60, remaining: 59, resetS: 60 },
        day: { limit: 10_000, remaining: 9_999, resetS: 43_200 },
      },
    });
  });

  it('that is an error has its class, code, fields and request id', async () => {
    await start((response) =>
      json(
        response,
        400,
        {
          status: 400,
          code: 'validation_failed',
          detail: 'email: is none',
          request_id: 'r1',
          errors: [{ field: 'email', code: 'x', message: 'y' }],
        },
        { 'content-type': 'application/problem+json', 'x-request-id': 'r1' },
      ),
    );
    const failure = await stub
      .client()
      .candidates.create(JANE)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BadRequestError);
    expect(failure).toMatchObject({
      name: 'BadRequestError',
      message: 'email: is none (validation_failed, request r1)',
      code: 'validation_failed',
      requestId: 'r1',
      errors: [{ field: 'email' }],
    });
    expect(stub.seen).toHaveLength(1);
  });

  it('of a proxy that is down says so by its status', async () => {
    await start((response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>'));
    await expect(stub.client().candidates.get('1')).rejects.toMatchObject({ message: 'HTTP 404', code: undefined });
  });

  it.each([
    ['redirects', (response) => response.writeHead(302, { location: 'https://elsewhere.example/' }).end()],
    ['is a page', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>')],
  ] satisfies [string, Answerer][])(
    'that %s is not that of the API: the token goes nowhere else',
    async (_, answer) => {
      await start(answer);
      await expect(stub.client().candidates.get('1')).rejects.toThrow(UnexpectedAnswerError);
      expect(stub.seen).toHaveLength(1);
    },
  );

  it('whose failure only withResponse() is told of leaves nothing unhandled', async () => {
    await start((response) => problem(response, 404, 'not_found'));
    await expect(stub.client().candidates.get('1').withResponse()).rejects.toThrow(ApiError);
  });
});

describe('a request is sent again', () => {
  it('after closed sockets, halves of answers and faults of the server, each time with the same key', async () => {
    await start((response, _, n) => {
      if (n === 0) response.destroy();
      else if (n === 1) response.writeHead(201, { 'content-length': '9' }).write('{"id"', () => response.destroy());
      else if (n === 2) problem(response, 500, 'internal_error');
      else json(response, 201, { id: '1' });
    });
    expect(await stub.client().candidates.create(JANE)).toEqual({ id: '1' });
    const keys = stub.seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual(Array(4).fill(expect.stringMatching(/^[0-9a-f]{32}$/)));
    expect(new Set(keys).size).toBe(1);
  });

  it('with the key that it was given', async () => {
    await start((response, _, n) => (n === 0 ? response.destroy() : json(response, 200, {})));
    await stub.client().jobs.update('1', {}, { idempotencyKey: 'mine' });
    expect(stub.seen.map(({ headers }) => headers['idempotency-key'])).toEqual(['mine', 'mine']);
  });

  it.each([
    [429, 'minute_quota_exceeded'],
    [503, 'service_unavailable'],
    [409, 'idempotency_key_in_flight'],
    [408, 'request_timeout'],
  ])('after as long as the API says: %i', async (status, code) => {
    await start((response, _, n) =>
      n === 0 ? problem(response, status, code, { 'retry-after': '1' }) : json(response, 200, {}),
    );
    const began = performance.now();
    await stub.client({ maxRetries: 0 }).candidates.get('1');
    expect(performance.now() - began).toBeGreaterThanOrEqual(990);
    expect(stub.seen).toHaveLength(2);
  });

  it('never because of a conflict that stays', async () => {
    await start((response) => problem(response, 409, 'duplicate_external_id'));
    await expect(stub.client().candidates.create(JANE)).rejects.toThrow(ConflictError);
    expect(stub.seen).toHaveLength(1);
  });

  it("not when a day's quota is used up: nobody waits for so long", async () => {
    await start((response) => problem(response, 429, 'day_quota_exceeded', { 'retry-after': '30000' }));
    await expect(stub.client().candidates.get('1')).rejects.toThrow(TooManyRequestsError);
    expect(stub.seen).toHaveLength(1);
  });

  it('until its waiting would be longer than it may be in all', async () => {
    await start((response) => problem(response, 503, 'service_unavailable', { 'retry-after': '1' }));
    await expect(stub.client({ maxWaitMs: 3_100 }).candidates.get('1')).rejects.toThrow(ServerError);
    expect(stub.seen.length).toBeGreaterThanOrEqual(2);
    expect(stub.seen.length).toBeLessThanOrEqual(4);
  });

  it('as often as told, and then fails with what failed last', async () => {
    await start((response) => problem(response, 500, 'internal_error'));
    await expect(stub.client({ maxRetries: 2 }).candidates.get('1')).rejects.toThrow(ServerError);
    expect(stub.seen).toHaveLength(3);
  });

  it('when a try takes too long', async () => {
    await start((response, _, n) => n > 0 && json(response, 200, {}));
    await stub.client({ timeoutMs: 2_000 }).candidates.get('1');
    expect(stub.seen).toHaveLength(2);
    await expect(stub.client({ maxRetries: 0 }).candidates.get('1', { timeoutMs: 1 })).rejects.toThrow(ConnectionError);
  });

  it('not once its signal is aborted, neither while it waits for an answer nor between tries', async () => {
    await start((response, _, n) => n > 0 && problem(response, 503, 'service_unavailable', { 'retry-after': '30' }));
    for (const nth of [1, 2]) {
      const reason = new Error('enough');
      const aborted = new AbortController();
      // Once it has arrived; the second has its answer soon after.
      const watching = setInterval(() => {
        if (stub.seen.length < nth) return;
        clearInterval(watching);
        setTimeout(() => aborted.abort(reason), 100);
      }, 5);
      await expect(stub.client().candidates.get('1', { signal: aborted.signal })).rejects.toBe(reason);
    }
    expect(stub.seen).toHaveLength(2);
  });
});

describe('edit', () => {
  it('reads and changes anew until nobody was faster, under the version that it read', async () => {
    let version = 1;
    await start((response, { method, headers }, n) => {
      if (method === 'GET') return json(response, 200, { tags: [`v${version}`] }, { etag: `"${version}"` });
      if (n === 1) version++;
      if (headers['if-match'] !== `"${version}"`) return problem(response, 412, 'precondition_failed');
      return json(response, 200, { tags: ['done'] });
    });
    const seen: string[] = [];
    const edited = await stub.client().candidates.edit('1', ({ tags }) => {
      seen.push(...tags);
      return { tags: [...tags, 'more'] };
    });
    expect(edited).toEqual({ tags: ['done'] });
    expect(seen).toEqual(['v1', 'v2']);
    expect(JSON.parse(stub.seen.at(-1)!.body)).toEqual({ tags: ['v2', 'more'] });
  });

  it('writes nothing if there is nothing to change', async () => {
    await start((response) => json(response, 200, { id: '1' }, { etag: '"1"' }));
    expect(await stub.client().jobs.edit('1', () => undefined)).toEqual({ id: '1' });
    expect(stub.seen.map(({ method }) => method)).toEqual(['GET']);
  });

  it('leaves a guard of its own to who asks for one', async () => {
    await start((response) => problem(response, 412, 'precondition_failed'));
    const write = stub.client().candidates.update('1', {}, { ifMatch: '"1"' });
    await expect(write).rejects.toThrow(PreconditionFailedError);
  });
});
