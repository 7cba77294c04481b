import { readFileSync } from 'node:fs';
import { deliveryBase } from '@nexivo/contracts/deliveries';
import type { ErrorCode } from '@nexivo/contracts/errors';
import { eventEnvelope } from '@nexivo/contracts/events';
import { OPENAPI_VERSION } from '@nexivo/contracts/openapi';
import { BASE_PATH } from '@nexivo/contracts/route';
import { routes } from '@nexivo/contracts/routes';
import { SESSION_COOKIE, SESSION_HEADER } from '@nexivo/contracts/sessions';
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import { conventions, introduction, webhookGuide } from './description.js';
import { toOperation } from './operation.js';
import { errorsOf, problemExample } from './problems.js';
import { share } from './share.js';
import { schemaStyle } from './schema-style.js';
import { webhookParameters, webhookRequests } from './webhooks.js';

/** An OpenAPI 3.1 document. */
export type OpenApiDocument = ReturnType<typeof createDocument>;
type Operation = NonNullable<NonNullable<OpenApiDocument['paths']>[string]['get']>;
type Parameter = NonNullable<Operation['parameters']>[number];

const TAGS: Record<string, string> = {
  Reference: conventions(),
  Candidates: 'The people that recruiters know. Deleting one is soft: it becomes `inactive`.',
  Jobs: 'The positions to fill. Deleting one closes it.',
  Submissions: 'Candidates on their way through the stages of a job.',
  Webhooks: webhookGuide(),
  Account: 'The account that a caller speaks for, its plan, quotas and usage.',
  Tokens: 'API tokens: `personal` ones of people, `service` ones of the account.',
  Users: 'The people of the account, and the invitations by which they join.',
  Sessions: 'How people sign in, for the dashboard.',
  Audit: 'Who did what to the account, its tokens and its people.',
};

/**
 * The whole API, from the routes and the error catalogue of the contracts.
 *
 * @param origin what stands in front of the base path; without one the server's URL is relative to the document's own
 */
export function buildDocument(origin = ''): OpenApiDocument {
  const document = createDocument(
    {
      openapi: OPENAPI_VERSION,
      info: { title: 'NexivoHR API', version: packageVersion(), description: introduction() },
      servers: [serverAt(origin)],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      paths: toPaths(),
      webhooks: webhookRequests(),
      components: {
        schemas: { EventEnvelope: eventEnvelope, DeliveryBase: deliveryBase },
        securitySchemes,
        parameters: { ...parameters, ...webhookParameters },
        headers,
        examples: problemExamples(),
      },
    },
    { override: schemaStyle },
  );
  for (const operation of operationsOf(document)) operation.parameters?.forEach(tidyParameter);
  share(document);
  return document;
}

/** A document as a file. */
export const toText = (document: OpenApiDocument): string => `${JSON.stringify(document, null, 2)}\n`;

/** Every operation of a document. */
export const operationsOf = ({ paths = {} }: OpenApiDocument): Operation[] =>
  Object.values(paths).flatMap(({ get, post, put, patch, delete: remove }) =>
    [get, post, put, patch, remove].filter((operation) => operation !== undefined),
  );

function tidyParameter(parameter: Parameter): void {
  if ('$ref' in parameter || typeof parameter.schema !== 'object') return;
  // `status=new,screening`, not `status=new&status=screening`.
  if ('type' in parameter.schema && parameter.schema.type === 'array') Object.assign(parameter, { explode: false });
  const { description, example, examples = [example], ...schema } = parameter.schema as Described;
  Object.assign(parameter, { schema, ...(description && { description }) });
  if (examples[0] === undefined) return;
  // Tools look for it beside the schema. A filter's they would send.
  if (parameter.in === 'path') Object.assign(parameter, { example: examples[0] });
  else if (schema.format !== 'uuid') Object.assign(schema, { examples });
}

/** A schema, or a reference to one, with what is said of the parameter itself. */
interface Described {
  description?: string;
  example?: unknown;
  examples?: readonly unknown[];
  format?: string;
}

/** The server of the document that is reached at an origin. */
export const serverAt = (origin: string): { url: string } => ({ url: origin + BASE_PATH });

function packageVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

function toPaths(): ZodOpenApiPathsObject {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  return Object.fromEntries(
    [...byPath].map(([path, operations]) => [
      path,
      Object.fromEntries(operations.map((route) => [route.method.toLowerCase(), toOperation(route)])),
    ]),
  );
}

const securitySchemes = {
  bearerToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'nxv_live_…',
    description: 'An API token of your account.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE.secure,
    description: `The session of a person who is signed in; it counts only with the header \`${SESSION_HEADER}: 1\`, from the dashboard's own origin. On plain http the cookie is called \`${SESSION_COOKIE.plain}\`.`,
  },
} as const;

/** Without examples: tools send those, and a second creation would be the first one's answer, a change a 412. */
const parameters = {
  'Idempotency-Key': {
    in: 'header',
    name: 'Idempotency-Key',
    description:
      'The write happens once, and its answer is repeated for 24 hours. 1 to 255 visible ASCII characters, bare or as a quoted string.',
    schema: { type: 'string', minLength: 1, maxLength: 512 },
  },
  'If-Match': {
    in: 'header',
    name: 'If-Match',
    description: 'Changes the resource only if it still has one of these tags, from `ETag`; `*` stands for any.',
    schema: { type: 'string' },
  },
  'If-None-Match': {
    in: 'header',
    name: 'If-None-Match',
    description: 'Answers 304 without a body if the resource still has one of these tags, from `ETag`.',
    schema: { type: 'string' },
  },
  'If-None-Match-Any': {
    in: 'header',
    name: 'If-None-Match',
    description: 'Creates the resource, and answers 412 if it is there already.',
    schema: { type: 'string', const: '*' },
  },
} as const;

const headers = {
  'X-Request-Id': {
    description: 'Names the request in logs and errors: the one sent with it, or a new UUID',
    required: true,
    schema: { type: 'string' },
    example: '019ab2f0-9e57-7a41-b6a8-7c1d4f80e2b5',
  },
  ETag: {
    description: 'The version of the resource, for `If-Match` and `If-None-Match`',
    schema: { type: 'string' },
    example: '"3"',
  },
  'Idempotency-Replayed': {
    description: 'Present, and `true`, where this is the answer to an earlier request with the same `Idempotency-Key`',
    schema: { type: 'string', const: 'true' },
    example: 'true',
  },
  'X-RateLimit-Limit': {
    description: 'Requests that the quota nearer its end allows',
    schema: { type: 'integer', format: 'int64', minimum: 0 },
    example: 60,
  },
  'X-RateLimit-Remaining': {
    description: 'Requests left of that quota',
    schema: { type: 'integer', format: 'int64', minimum: 0 },
    example: 59,
  },
  'X-RateLimit-Reset': {
    description: 'When that quota has room again, or its oldest use no longer counts, in seconds since 1970',
    schema: { type: 'integer', format: 'int64', minimum: 0 },
    example: 1_795_435_260,
  },
  'RateLimit-Policy': {
    description: 'Both quotas: `q` requests in `w` seconds',
    schema: { type: 'string' },
    example: '"minute";q=60;w=60, "day";q=10000;w=86400',
  },
  RateLimit: {
    description:
      'Both quotas: `r` requests are left, and `t` seconds until there is room again or the oldest use no longer counts',
    schema: { type: 'string' },
    example: '"minute";r=59;t=60, "day";r=9999;t=43200',
  },
  'WWW-Authenticate': {
    description: 'How to authenticate (RFC 6750)',
    schema: { type: 'string' },
    example: 'Bearer error="invalid_token"',
  },
  'Retry-After': {
    description: 'After how many seconds to try again; not with errors that stay',
    schema: { type: 'integer', format: 'int32', minimum: 1 },
    example: 1,
  },
  Location: {
    description: 'Where the created resource lives',
    required: true,
    schema: { type: 'string', format: 'uri' },
    example: `https://ats.example.com${BASE_PATH}/candidates/019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e`,
  },
  Link: {
    description:
      'The links of the body that are not `null` (RFC 8288); where they are long `next` alone, or none: go by the body',
    schema: { type: 'string' },
    example: `<https://ats.example.com${BASE_PATH}/candidates?page=2>; rel="next"`,
  },
} as const;

const problemExamples = (): Record<string, { value: unknown }> =>
  Object.fromEntries(
    [...new Set<ErrorCode>(routes.flatMap(errorsOf))].map((code) => [code, { value: problemExample(code) }]),
  );
