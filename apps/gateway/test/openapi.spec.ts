import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SCOPES, SESSION_SCOPES } from '@nexivo/contracts/accounts';
import { TEST_EVENT, testEvent } from '@nexivo/contracts/deliveries';
import { errorCatalogue, problem } from '@nexivo/contracts/errors';
import { EVENT_TYPES, eventOf } from '@nexivo/contracts/events';
import { BASE_PATH, type Route } from '@nexivo/contracts/route';
import { routes } from '@nexivo/contracts/routes';
import { startWorld, type World } from '@nexivo/testing/world';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { buildDocument, toText } from '../src/openapi/document.js';
import { PAGES } from '../src/http/pages.js';
import { UNROUTED } from '../src/openapi/problems.js';
import { startGateway } from './gateway-under-test.js';

/** A schema, as far as examples are made of it. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  const?: unknown;
  format?: string;
  examples?: unknown[];
}

/** The parts of the document that the tests look into, as JSON has them. */
interface Content {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { $ref: string }>;
}
interface Response {
  headers?: Record<string, unknown>;
  /** A 304 has none. */
  content?: Record<string, Content>;
}
interface Parameter {
  name: string;
  in: string;
  description?: string;
  example?: unknown;
}
interface Operation {
  operationId: string;
  description?: string;
  tags: string[];
  security: { bearerToken: string[] }[];
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { content: Record<string, Content> };
  responses: Record<string, Response | { $ref: string }>;
}
interface Document {
  tags: { name: string }[];
  servers: { url: string }[];
  info: { description: string };
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, Record<string, Operation>>;
  components: {
    examples: Record<string, { value: unknown }>;
    parameters: Record<string, Parameter>;
    responses: Record<string, Response>;
    schemas: Record<string, Schema>;
  };
}

const document = JSON.parse(JSON.stringify(buildDocument())) as Document;

/** An operation with its answers, wherever they are written down. */
const operationOf = ({ method, path }: Route): Operation & { responses: Record<string, Response> } =>
  resolved(document.paths[path]![method.toLowerCase()]!);
const resolved = (operation: Operation): Operation & { responses: Record<string, Response> } => ({
  ...operation,
  responses: Object.fromEntries(
    Object.entries(operation.responses).map(([status, response]) => [
      status,
      '$ref' in response ? document.components.responses[nameIn(response.$ref)]! : response,
    ]),
  ),
});
const nameIn = (reference: string): string => reference.split('/').at(-1)!;
/** The status under which an operation has a code: those of 500 and more are one. */
const statusOf = (code: keyof typeof errorCatalogue): string =>
  errorCatalogue[code].status >= 500 ? '5XX' : String(errorCatalogue[code].status);

/** What a tool shows for a schema: its example, or one put together from those of its parts. */
function exampleOf({ $ref, ...schema }: Schema): unknown {
  if ($ref !== undefined) return exampleOf(document.components.schemas[nameIn($ref)]!);
  if (schema.examples) return schema.examples[0];
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map(exampleOf));
  if (schema.properties) {
    const members = Object.entries(schema.properties).map(([name, member]) => [name, exampleOf(member)] as const);
    return Object.fromEntries(members.filter(([, example]) => example !== undefined));
  }
  if (schema.items) return [exampleOf(schema.items)];
  if (schema.anyOf) return exampleOf(schema.anyOf[0]!);
  return schema.format === 'uri' ? 'https://ats.example.com/' : schema.const;
}
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods).map(resolved));
const parametersOf = ({ parameters = [] }: Operation): Parameter[] =>
  parameters.map((parameter) =>
    '$ref' in parameter
      ? document.components.parameters[parameter.$ref.replace('#/components/parameters/', '')]!
      : parameter,
  );
const namesIn = (schema: Route['params']): string[] => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []);
/** The errors that a response may be. */
const codesOf = (response: Response | undefined): string[] =>
  Object.keys(response?.content?.['application/problem+json']?.examples ?? {});
const problemOf = ({ $ref }: { $ref: string }): unknown =>
  document.components.examples[$ref.replace('#/components/examples/', '')]?.value;

test('the document in the repository is that of the routes; `npm run openapi` writes it anew', () => {
  const file = readFileSync(new URL('../../../openapi.json', import.meta.url), 'utf8');
  expect(file).toBe(toText(buildDocument()));
});

describe('the gateway and its OpenAPI document', () => {
  const registered: string[] = [];
  let world: World;
  let fastify: FastifyInstance;

  beforeAll(async () => {
    world = await startWorld();
    const app = await startGateway(world, {}, (options) => {
      options.adapter?.getInstance().addHook('onRoute', ({ method, url }) => {
        for (const each of [method].flat()) registered.push(`${each} ${url}`);
      });
      return options;
    });
    fastify = app.getHttpAdapter().getInstance();
  });
  afterAll(() => world.stop());

  test('every route that is served is documented, and every documented one is served', () => {
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = registered
      // Fastify answers HEAD wherever there is GET, and the CORS plugin every OPTIONS.
      .filter((route) => !/^(HEAD|OPTIONS) /.test(route) && route.includes(BASE_PATH))
      .map((route) => route.replace(BASE_PATH, '').replaceAll(/:(\w+)/g, '{$1}'));
    expect(served.toSorted()).toEqual(documented.toSorted());
  });

  test('nothing is served beside the API but the reference, health and, where it is built, the dashboard', () => {
    const pages = new Set(PAGES.map((path) => `GET ${path}`));
    const others = registered.filter(
      (route) =>
        !/^(HEAD|OPTIONS) /.test(route) &&
        !route.includes(BASE_PATH) &&
        !pages.has(route) &&
        !route.startsWith('GET /assets/'),
    );
    const errorPages = ['/docs/errors', ...Object.keys(errorCatalogue).map((code) => `/docs/errors/${code}`)];
    expect(others.toSorted()).toEqual([
      'GET /docs/',
      ...errorPages.map((path) => `GET ${path}`).toSorted(),
      'GET /docs/js/scalar.js',
      'GET /docs/openapi.json',
      'GET /health/live',
      'GET /health/ready',
    ]);
  });

  test('anyone may read the document, and it names the server that it came from', async () => {
    const reply = await fastify.inject({ url: `${BASE_PATH}/openapi.json`, headers: { host: 'ats.test:8080' } });
    expect(reply.statusCode).toBe(200);
    expect(reply.headers['content-type']).toMatch(/^application\/json/);
    expect(reply.headers['access-control-allow-origin']).toBe('*');
    expect(reply.json()).toEqual({ ...document, servers: [{ url: `http://ats.test:8080${BASE_PATH}` }] });
  });

  test('the document takes no parameters, and says so', async () => {
    const reply = await fastify.inject(`${BASE_PATH}/openapi.json?version=2`);
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toMatchObject({ code: 'validation_failed', errors: [{ field: 'version' }] });
  });

  test('the reference runs no script and reaches no host but its own', async () => {
    expect(await fastify.inject('/docs')).toMatchObject({ statusCode: 301, headers: { location: '/docs/' } });
    const page = await fastify.inject('/docs/');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.body).not.toMatch(/https?:/);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self';");
    expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/]{43}=';/);
    const script = await fastify.inject('/docs/js/scalar.js');
    expect(script.statusCode).toBe(200);
    expect(script.headers['content-type']).toMatch(/^application\/javascript/);
  });

  test('the reference shows how each operation is called by the libraries, and the document does not', async () => {
    const { paths } = (await fastify.inject('/docs/openapi.json')).json() as Pick<typeof document, 'paths'>;
    const shown = Object.values(paths).flatMap(
      (each) => Object.values(each) as { operationId: string; security: object[] }[],
    );
    const forTokens = shown.filter(({ security }) => security.some((each) => 'bearerToken' in each));
    expect(forTokens).not.toEqual([]);
    for (const { operationId, ...operation } of forTokens) {
      expect({ operationId, ...operation }).toMatchObject({
        'x-codeSamples': [
          { lang: 'javascript', label: 'TypeScript', source: expect.stringContaining('client.') },
          { lang: 'python', label: 'Python', source: expect.stringContaining('client.') },
        ],
      });
    }
    const { body, rawPayload: plain } = await fastify.inject('/docs/openapi.json');
    const coded = await fastify.inject({ url: '/docs/openapi.json', headers: { 'accept-encoding': 'gzip, br' } });
    expect(coded.headers['content-type']).toBe('application/json; charset=utf-8');
    const decode = coded.headers['content-encoding'] === 'br' ? brotliDecompressSync : gunzipSync;
    expect(decode(coded.rawPayload).equals(plain)).toBe(true);
    expect(JSON.parse(body)).toMatchObject({ servers: [{ url: BASE_PATH }] });
    expect((await fastify.inject('/docs/')).body).toContain('/docs/openapi.json');
    expect(JSON.stringify(document)).not.toContain('x-codeSamples');
  });

  test('the script of the reference is compressed once, however many ask for it', async () => {
    const ask = async (coding: string) => {
      const before = process.cpuUsage();
      const { headers, rawPayload } = await fastify.inject({
        url: '/docs/js/scalar.js',
        headers: { 'accept-encoding': coding },
      });
      expect(headers).toMatchObject({ 'content-encoding': coding, vary: expect.stringContaining('accept-encoding') });
      const { user } = process.cpuUsage(before);
      return { script: rawPayload, user };
    };
    const plain = (await fastify.inject('/docs/js/scalar.js')).rawPayload;
    for (const [coding, decode] of [
      ['br', brotliDecompressSync],
      ['gzip', gunzipSync],
    ] as const) {
      const first = await ask(coding);
      expect(decode(first.script).equals(plain)).toBe(true);
      const again = await ask(coding);
      expect(again.script.equals(first.script)).toBe(true);
      // What compressing it took.
      expect(again.user).toBeLessThan(first.user / 2);
    }
  });

  test('the type of a problem is a page that says what it means, below what clients see, or relative to a host that is none', async () => {
    for (const [code, { title }] of Object.entries(errorCatalogue)) {
      const page = await fastify.inject(`/docs/errors/${code}`);
      expect(page.statusCode).toBe(200);
      expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
      expect(page.body).toContain(`<h1>${title}</h1>`);
      expect(page.body).toContain(`&quot;code&quot;: &quot;${code}&quot;`);
    }
    const index = await fastify.inject('/docs/errors');
    const linked = [...index.body.matchAll(/href="\/docs\/errors\/(\w+)"/g)].map(([, code]) => code!);
    expect(linked.toSorted()).toEqual(Object.keys(errorCatalogue).toSorted());
    const typeFor = async (host: string): Promise<unknown> =>
      (await fastify.inject({ url: `${BASE_PATH}/candidates`, headers: { host } })).json().type;
    expect(await typeFor('ats.test:8080')).toBe('http://ats.test:8080/docs/errors/missing_token');
    expect(await typeFor('<b>')).toBe('/docs/errors/malformed_request');
  });

  test('behind a path the type of a problem, and the links of its page, have that path, whatever the request says', async () => {
    const below = await startGateway(world, { PUBLIC_URL: 'https://example.com/hr' });
    const inject = (url: string, host: string) =>
      below.getHttpAdapter().getInstance().inject({ url, headers: { host } });
    for (const [host, code] of [
      ['ats.test', 'missing_token'],
      ['<b>', 'malformed_request'],
    ] as const) {
      const { type } = (await inject(`${BASE_PATH}/candidates`, host)).json();
      expect(type).toBe(`https://example.com/hr/docs/errors/${code}`);
    }
    const page = (await inject('/docs/errors/not_found', 'ats.test')).body;
    const linked = [...page.matchAll(/href="([^"]*)"/g)].map(([, url]) => url);
    expect(linked).toEqual(['/hr/docs/errors', '/hr/docs']);
  });

  test('the policy of the reference is its own: the API keeps the strict one, and unknown paths below it are problems', async () => {
    for (const url of ['/docs/unknown', '/docs/js/unknown.js']) {
      const reply = await fastify.inject(url);
      expect(reply.statusCode).toBe(404);
      expect(reply.json()).toMatchObject({ code: 'route_not_found' });
      expect(reply.headers['content-security-policy']).toContain("default-src 'self'");
    }
    const api = await fastify.inject(`${BASE_PATH}/candidates`);
    expect(api.statusCode).toBe(401);
    expect(api.headers['content-security-policy']).toContain("default-src 'self'");
  });
});

/** Whoever signs in or chooses a password has no account yet, or another secret afterwards. */
const NEVER_KEYED = ['lookUpLink', 'acceptLink', 'createSession', 'changePassword', 'switchAccount'];
const isKeyed = ({ method, operationId }: Route): boolean =>
  ['POST', 'PATCH'].includes(method) && !NEVER_KEYED.includes(operationId);

describe('the OpenAPI document', () => {
  test('every operation needs one scope that exists, the route’s, or is public', () => {
    for (const route of routes) {
      const { security, description } = operationOf(route);
      const isForTokens = !route.isForSessions && !SESSION_SCOPES.some((scope) => scope === route.scope);
      const bearer = isForTokens ? [{ bearerToken: route.scope ? [route.scope] : [] }] : [];
      expect(security).toEqual(route.isPublic ? [] : [...bearer, { session: [] }]);
      if (!route.scope) continue;
      expect(SCOPES).toContain(route.scope);
      expect(description).toContain(route.scope);
    }
    expect(routes.filter(({ isPublic }) => isPublic).map(({ operationId }) => operationId)).toEqual([
      'listPlans',
      'lookUpLink',
      'acceptLink',
      'createSession',
      'getOpenApiDocument',
    ]);
  });

  test('every operation has an id of its own, a tag that is described, and parameters that are described', () => {
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(routes.length);
    const tags = document.tags.map(({ name }) => name);
    for (const operation of operations) {
      expect(tags).toEqual(expect.arrayContaining(operation.tags));
      expect(parametersOf(operation).filter(({ description }) => !description)).toEqual([]);
    }
  });

  test('tools find an example of every path parameter, and none of a header that they would send as it is', () => {
    for (const parameter of operations.flatMap(parametersOf)) {
      const { in: place, name, example } = parameter;
      expect({ name, has: example !== undefined }).toEqual({ name, has: place === 'path' });
    }
  });

  test('every parameter of a route is documented, and no other', () => {
    for (const route of routes) {
      const documented = (place: string): string[] =>
        parametersOf(operationOf(route))
          .filter((parameter) => parameter.in === place)
          .map(({ name }) => name);
      expect(documented('path')).toEqual(namesIn(route.params));
      expect(documented('query')).toEqual(namesIn(route.query));
      expect(documented('header')).toEqual([
        ...(isKeyed(route) ? ['Idempotency-Key'] : []),
        ...(route.hasETag && ['PUT', 'PATCH', 'DELETE'].includes(route.method) ? ['If-Match'] : []),
        ...(route.hasETag && ['GET', 'PUT'].includes(route.method) ? ['If-None-Match'] : []),
      ]);
    }
  });

  test('quotas are documented where they have run out, with the time to come back, and once in words', () => {
    for (const route of routes) {
      for (const [status, { headers }] of Object.entries(operationOf(route).responses)) {
        const isOfQuota = codesOf(operationOf(route).responses[status]).includes('minute_quota_exceeded');
        expect({ status, has: 'RateLimit' in headers! }).toEqual({ status, has: isOfQuota });
        if (status === '429') expect(isOfQuota).toBe(!route.isFree && !route.isPublic);
      }
      if (!route.isFree) expect(operationOf(route).responses['429']!.headers).toHaveProperty('Retry-After');
    }
    for (const header of ['X-RateLimit-*', 'RateLimit', 'Retry-After']) {
      expect(document.info.description).toContain(`\`${header}\``);
    }
  });

  test('what the request headers can lead to is documented: ETag, 304, replays, 409, 412, 422', () => {
    for (const route of routes) {
      const { responses } = operationOf(route);
      const isGuarded = route.hasETag === true && ['PUT', 'PATCH', 'DELETE'].includes(route.method);
      expect('ETag' in responses[route.status]!.headers!).toBe(route.hasETag === true);
      expect('Idempotency-Replayed' in responses[route.status]!.headers!).toBe(isKeyed(route));
      expect(codesOf(responses['409']).includes('idempotency_key_in_flight')).toBe(isKeyed(route));
      expect(codesOf(responses['422']).includes('idempotency_key_reused')).toBe(isKeyed(route));
      expect(codesOf(responses['412']).includes('precondition_failed')).toBe(isGuarded);
      expect('304' in responses).toBe(route.hasETag === true && route.method === 'GET');
      if (responses['304']) expect(responses['304'].content).toBeUndefined();
    }
  });

  test('every body has an example, which the route accepts', () => {
    for (const route of routes.filter(({ body }) => body)) {
      const types = Object.entries(operationOf(route).requestBody!.content);
      expect(types.map(([type]) => type)).toEqual(
        route.method === 'PATCH' ? ['application/json', 'application/merge-patch+json'] : ['application/json'],
      );
      const [[, { example }]] = types as [[string, Content]];
      expect(route.body!.parse(example)).toMatchObject(example as object);
    }
  });

  test('every success has an example, which is exactly what the route may answer', () => {
    for (const route of routes) {
      const { schema, example = exampleOf(schema!) } =
        operationOf(route).responses[route.status]!.content!['application/json']!;
      // A parsed value has lost what the schema does not know, so equality finds members too many as well as too few.
      expect(route.response.parse(example)).toEqual(example);
    }
  });

  test('every success and every error carries a request id; creations say where, lists how to go on', () => {
    for (const route of routes) {
      const { responses } = operationOf(route);
      for (const { headers } of Object.values(responses)) expect(headers).toHaveProperty('X-Request-Id');
      const success = responses[route.status]!.headers!;
      expect('Location' in success).toBe(route.status === 201);
      if (route.mayCreate) expect(responses['201']!.headers).toHaveProperty('Location');
      expect('Link' in success).toBe(/^list(?!Plans)|History$/.test(route.operationId));
    }
  });

  test('every error is a problem with an example for each code, under the status of the catalogue', () => {
    for (const { responses } of operations) {
      for (const [status, { content }] of Object.entries(responses).filter(([status]) => status >= '400')) {
        for (const [code, reference] of Object.entries(content!['application/problem+json']!.examples!)) {
          const example = problemOf(reference);
          expect(problem.parse(example)).toEqual(example);
          expect(statusOf(code as keyof typeof errorCatalogue)).toBe(status);
          expect(example).toMatchObject({ code, status: errorCatalogue[code as keyof typeof errorCatalogue].status });
          if (status === '400') expect(example).toHaveProperty('errors.0.field');
        }
      }
    }
  });

  test('every code of the catalogue is in an operation, except those that come before there is one', () => {
    const inOperations = operations.flatMap(({ responses }) => Object.values(responses).flatMap(codesOf));
    expect(new Set([...inOperations, ...UNROUTED])).toEqual(new Set(Object.keys(errorCatalogue)));
    expect(inOperations.filter((code) => (UNROUTED as readonly string[]).includes(code))).toEqual([]);
  });

  test('errors that a route declares are in its operation', () => {
    for (const route of routes) {
      for (const code of route.errors ?? []) {
        expect(codesOf(operationOf(route).responses[statusOf(code)])).toContain(code);
      }
    }
  });

  test('resources and problems are named schemas, each of them once', () => {
    const names = Object.keys(document.components.schemas);
    expect(names).toEqual(
      expect.arrayContaining([
        'Candidate',
        'Job',
        'Submission',
        'StageChange',
        'Webhook',
        'Delivery',
        'WebhookEvent',
        'Problem',
      ]),
    );
    // What is sent to webhooks is what is read elsewhere, and not a twin of it.
    expect(names.filter((name) => /(Input|Output)$/.test(name))).toEqual([]);
  });

  test('the document is small, and its introduction, which generators write into every client, smaller', () => {
    expect(Buffer.byteLength(JSON.stringify(document))).toBeLessThanOrEqual(250_000);
    expect(Buffer.byteLength(document.info.description)).toBeLessThanOrEqual(4_000);
  });

  test('every integer has a format and bounds, and no body a default that generators take for a member that is there', () => {
    const integers: unknown[] = [];
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      if ([(node as Schema).type].flat().includes('integer')) integers.push(node);
      Object.values(node).forEach(visit);
    };
    visit(document.components.schemas);
    expect(integers.length).toBeGreaterThan(20);
    for (const integer of integers) {
      expect(integer).toMatchObject({
        format: expect.stringMatching(/^int(32|64)$/),
        minimum: expect.any(Number),
        maximum: expect.any(Number),
      });
    }
    expect(document.components.schemas['MinorUnits']).toMatchObject({ format: 'int64' });
    expect(JSON.stringify(document.components.schemas)).not.toContain('"default":');
    expect(document.components.schemas['CreateJob']!.properties!['openings']).toMatchObject({
      description: '`1` unless told.',
    });
  });

  test('an event is told from others by its type, and a page by number has a total', () => {
    const { WebhookEvent, PageMeta, CursorMeta } = document.components.schemas;
    expect(WebhookEvent).toMatchObject({
      discriminator: {
        propertyName: 'type',
        mapping: expect.objectContaining({ 'job.closed': '#/components/schemas/JobClosedEvent' }),
      },
    });
    expect(PageMeta).toMatchObject({ required: expect.arrayContaining(['page', 'total', 'total_pages']) });
    expect(CursorMeta!.properties).not.toHaveProperty('total');
    for (const type of EVENT_TYPES) {
      const { schema } = document.webhooks[type]!['post']!.requestBody!.content['application/json']!;
      expect(WebhookEvent).toMatchObject({ oneOf: expect.arrayContaining([schema]) });
    }
  });

  test('every event has the request that webhooks get, with all headers and an example that the contract has', () => {
    const expected = new Map<string, z.ZodType>([
      ...EVENT_TYPES.map((type) => [type, eventOf(type)] as const),
      [TEST_EVENT, testEvent],
    ]);
    expect(Object.keys(document.webhooks)).toEqual([...expected.keys()]);
    for (const [type, contract] of expected) {
      const { tags, security, requestBody, ...operation } = document.webhooks[type]!['post']!;
      expect({ tags, security }).toEqual({ tags: ['Webhooks'], security: [] });
      const { example } = requestBody!.content['application/json']!;
      expect(contract.parse(example)).toEqual(example);
      expect(example).toMatchObject({ type });
      expect(parametersOf(operation as Operation).map(({ name }) => name.toLowerCase())).toEqual([
        'x-nexivohr-signature',
        'x-nexivohr-event',
        'x-nexivohr-delivery',
        'webhook-id',
        'webhook-timestamp',
        'webhook-signature',
      ]);
      expect(parametersOf(operation as Operation).filter(({ description }) => !description)).toEqual([]);
    }
  });

  test('the example of every change tells what changed: previous holds other values than the object', () => {
    for (const type of EVENT_TYPES.filter((each) => !each.endsWith('.created'))) {
      const { example } = document.webhooks[type]!['post']!.requestBody!.content['application/json']!;
      const { object, previous } = (example as { data: Record<'object' | 'previous', Record<string, unknown>> }).data;
      expect(Object.keys(previous).length).toBeGreaterThan(0);
      for (const [member, before] of Object.entries(previous)) expect(object[member]).not.toEqual(before);
    }
  });
});
