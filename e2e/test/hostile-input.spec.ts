import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problem } from '@nexivo/contracts/errors';
import { buildDocument } from '@nexivo/gateway/openapi/document';
import type { Route } from '@nexivo/contracts/route';
import { routes } from '@nexivo/contracts/routes';
import type { Answer, Api } from '@nexivo/testing/api';
import { joinAs, type PersonApi } from '@nexivo/testing/person';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { z } from 'zod';
import { hostileValue, membersOf, textOf } from './arbitrary.js';
import { type SharedStack, shareStack } from './shared-stack.js';

const CASES = Number(process.env['FC_RUNS'] ?? 200);
const MIB = 1024 * 1024;

let shared: SharedStack;
let api: Api;
/** Somebody who owns the account; with a new session for each route, which has a quota of its own. */
let person: PersonApi;
let accountId: string;
/** Ids that exist, so that half of the requests reach a row. */
const existing: string[] = [];

beforeAll(async () => {
  shared = await shareStack();
  accountId = await shared.operator.createAccount();
  api = await shared.client({ accountId });
  person = (await joinAs(shared.origin, shared.operator, accountId, 'owner')).api;
  const candidate = await api.post('/candidates', { first_name: 'A', last_name: 'B', email: 'a@example.com' });
  const job = await api.post('/jobs', { title: 'Engineer' });
  const submission = await api.post(`/jobs/${job.body.id}/submissions`, { candidate_id: candidate.body.id });
  existing.push(candidate.body.id, job.body.id, submission.body.id);
  for (let n = 3; n <= 6; n++) existing[n] = job.body.id;
});
afterAll(() => shared.leave());

const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
ajv.addFormat('idn-email', true).addFormat('int64', true);
ajv.addSchema(JSON.parse(JSON.stringify(buildDocument())) as object, 'openapi.json');

/** Where an answer is not what the document says, formats included. */
function faultsIn({ method, path, status }: Route, { body }: Answer): unknown[] {
  const place = [
    'paths',
    path,
    method.toLowerCase(),
    'responses',
    String(status),
    'content',
    'application/json',
    'schema',
  ];
  const pointer = place.map((each) => encodeURIComponent(each.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  const validate = ajv.getSchema(`openapi.json#/${pointer}`)!;
  return validate(body) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Never a 5xx; a success is what the contract says, an error is a problem that says what is wrong. */
function expectDecent(route: Route, answer: Answer): void {
  if (answer.status < 300) {
    expect(route.mayCreate ? [200, 201] : [route.status]).toContain(answer.status);
    route.response.parse(answer.body);
    expect({ body: answer.body, faults: faultsIn(route, answer) }).toEqual({ body: answer.body, faults: [] });
    return;
  }
  expect(answer.status).toBeLessThan(500);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const { status, request_id, errors } = problem.parse(answer.body);
  expect(status).toBe(answer.status);
  expect(request_id).toBe(answer.headers.get('x-request-id'));
  if (status === 400) expect(errors?.length).toBeGreaterThan(0);
}

const pathOf = (route: Route, id: string): string => route.path.replaceAll(/\{\w+\}/g, () => encode(id));
/** As encodeURIComponent, but lone surrogates go out as the bytes that some clients send. */
const encode = (value: string): string => (value.isWellFormed() ? encodeURIComponent(value) : '%ED%A0%80');
const bodyFor = (route: Route): string | undefined => (route.body ? '{}' : undefined);

const id = fc.oneof(
  fc.nat({ max: 6 }).map((n) => existing[n]!),
  fc.uuid(),
  // `.` and `..` would make it another path before it is sent.
  hostileValue.map((value) =>
    textOf(value)
      .slice(0, 300)
      .replace(/^\.{0,2}$/, '-'),
  ),
);
const query = (route: Route) =>
  membersOf(route.query, 15).map((members) =>
    Object.entries(members)
      .map(([name, value]) => `${encode(name)}=${encode(textOf(value).slice(0, 1_000))}`)
      .join('&'),
  );
const body = (route: Route) =>
  route.body
    ? fc.oneof(
        { weight: 8, arbitrary: membersOf(route.body, 10).map((members) => JSON.stringify(members)) },
        { weight: 1, arbitrary: hostileValue.map((value) => JSON.stringify(value) ?? '') },
        { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
      )
    : fc.constant(undefined);

/** In the order of `existing`. */
const RESOURCES = ['/candidates', '/jobs', '/submissions', '/webhooks', '/users', '/tokens'].map(
  (path) => `${path}/{id}`,
);

/** The members of a patch that only the API sets. */
const readOnlyIn = ({ body }: Route): string[] =>
  Object.entries((body as z.ZodObject).shape)
    .filter(([, member]) => isReadOnly(member))
    .map(([name]) => name);
const isReadOnly = (member: z.core.$ZodType): boolean =>
  member instanceof z.ZodOptional ? isReadOnly(member.unwrap()) || member.meta()?.['readOnly'] === true : false;

/** Of routes that are for people, or show more to them. */
const PEOPLE_TAGS = ['Account', 'Audit', 'Sessions', 'Tokens', 'Users'];

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_name, route) => {
  let client: Api;

  beforeAll(async () => {
    // A new one for each route, for the one before may have deleted it.
    const { body } = await api.post('/webhooks', { url: 'https://receiver.invalid/hooks', events: ['*'] });
    existing[3] = body.id;
    client = PEOPLE_TAGS.includes(route.tag) ? person : api;
    if (client !== person) return;
    await person.signIn();
    existing[4] = (await joinAs(shared.origin, shared.operator, accountId, 'viewer')).id;
    existing[5] = (await person.post('/tokens', { name: 'a', scopes: ['jobs:read'] })).body.id;
    existing[6] = (await person.post('/invitations', { email: `${randomUUID()}@example.com`, role: 'viewer' })).body.id;
  });

  it(`survives ${CASES} generated requests`, async () => {
    await fc.assert(
      fc.asyncProperty(id, query(route), body(route), async (anyId, anyQuery, anyBody) => {
        const path = pathOf(route, anyId) + (anyQuery && `?${anyQuery}`);
        expectDecent(route, await client.send(route.method, path, anyBody));
      }),
      { numRuns: CASES },
    );
  });

  if (route.method === 'PATCH') {
    it('takes back what it shows, whatever that is, and nothing else of what the API sets', async () => {
      const path = pathOf(route, existing[RESOURCES.indexOf(route.path)] ?? '');
      const { body: shown } = await client.patch(path, {});
      const answer = await client.patch(path, shown);
      expect(answer).toMatchObject({ status: 200, body: shown });
      expect(readOnlyIn(route).length).toBeGreaterThan(0);
      for (const name of readOnlyIn(route)) {
        const { status, body: refusal } = await client.patch(path, { [name]: 'another' });
        const { code, errors } = problem.parse(refusal);
        expect({ name, status, code, errors }).toEqual({
          name,
          status: 400,
          code: 'validation_failed',
          errors: [{ field: name, code: 'read_only', message: 'is set by the API and cannot be changed' }],
        });
      }
    });
  }

  it.each([
    ['malformed JSON', '{"first_name": '],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['__proto__', '{"__proto__": {"status": "placed"}}'],
    ['constructor.prototype', '{"constructor": {"prototype": {"x": 1}}}'],
    ['NUL', String.raw`{"first_name": "\u0000", "title": "\u0000", "notes": "\u0000"}`],
    ['a lone surrogate', String.raw`{"first_name": "\ud800", "title": "\ud800", "notes": "\ud800"}`],
    ['numbers beyond all bounds', '{"first_name": 1e999, "openings": 1e999, "salary_min": 99999999999999999999}'],
    ['100,000 nested arrays', '['.repeat(100_000) + ']'.repeat(100_000)],
    [
      '10,000 unknown fields',
      JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`f${n}`, n]))),
    ],
    ['1 MiB and a byte', `{"first_name": "${'a'.repeat(MIB)}"}`],
  ])('refuses a body with %s, and says so', async (_what, raw) => {
    const answer = await client.send(
      route.method,
      pathOf(route, existing[0]!),
      route.method === 'GET' ? undefined : raw,
    );
    expectDecent(route, answer);
    if (route.body) expect([400, 404, 413]).toContain(answer.status);
  });

  it('refuses 10,000 query parameters', async () => {
    const flood = Array.from({ length: 10_000 }, (_, n) => `p${n}=1`).join('&');
    const { status, body } = await client.send(route.method, `${pathOf(route, existing[0]!)}?${flood}`, bodyFor(route));
    // Together they are longer than what Node reads of a request line.
    expect({ status, code: body.code }).toEqual({ status: 431, code: 'headers_too_large' });
    const few = Array.from({ length: 1_000 }, (_, n) => `p${n}=1`).join('&');
    const refused = await client.send(route.method, `${pathOf(route, existing[0]!)}?${few}`, bodyFor(route));
    expectDecent(route, refused);
    expect([400, 404]).toContain(refused.status);
  });
});
