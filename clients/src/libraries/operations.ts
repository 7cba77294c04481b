import { type Document, type DocumentedOperation, nameOf, type Parameter, type Schema } from './document.js';

/** A group of methods: `client.candidates`. */
export interface Resource {
  /** As members are named: `candidates`. */
  name: string;
  description: string;
  operations: Operation[];
}

/** A method of the libraries, and the request that it makes. */
export interface Operation {
  id: string;
  /** In the words of the document, as TypeScript writes them: `listDeliveries`. */
  method: string;
  summary: string;
  description: string;
  verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** Names in the path, in its order. */
  ids: string[];
  query: Parameter[];
  /** The names of the headers that a caller may set. */
  headers: string[];
  body?: { schema: string; isRequired: boolean; example?: object };
  answer: Schema;
  /** Of a list: what it lists, and how it is read on. */
  list?: { item: Schema; isByCursor: boolean };
  /** Whether its answer has an `ETag`. */
  hasTag: boolean;
}

/** Where a method is found that its tag does not say. */
const RESOURCE_OF_PATH: Record<string, string> = { events: 'events' };

/** What an id says twice once it is a method of its resource; the rest of it is the method's name. */
const NOUNS: Record<string, RegExp> = {
  audit: /AuditLog/,
  submissions: /Submissions?(?=$|[A-Z])/,
};

/** Methods whose names the rule would spoil. */
const METHODS: Record<string, string> = { listJobSubmissions: 'listForJob', getMe: 'me' };

/** What the libraries offer: everything that a token can do, by resource, in the order of the document. */
export function resourcesOf({ paths, tags, components }: Document): Resource[] {
  const resources = new Map<string, Resource>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [verb, documented] of Object.entries(methods)) {
      if (!isForTokens(documented)) continue;
      const name = RESOURCE_OF_PATH[path.split('/')[1]!] ?? documented.tags[0].toLowerCase();
      const tag = tags.find((each) => each.name.toLowerCase() === name);
      const description = tag && !tag.description.startsWith('\n') ? tag.description : DESCRIPTIONS[name]!;
      const resource = resources.get(name) ?? { name, description, operations: [] };
      resources.set(name, resource);
      resource.operations.push(toOperation(name, verb, path, documented, components));
    }
  }
  return [...resources.values()];
}

/** Instead of a tag's guide. */
const DESCRIPTIONS: Record<string, string> = {
  webhooks: 'URLs that are told of what happens, and what was sent to them.',
  events: 'What happened to candidates, jobs and submissions, for 30 days.',
  reference: 'The API about itself.',
};

/** Whoever signs in does so on the dashboard, with a cookie: what takes one is in no library. */
export const isForTokens = ({ security, requestBody }: DocumentedOperation): boolean =>
  security.some((each) => 'bearerToken' in each) || (security.length === 0 && !requestBody);

function toOperation(
  resource: string,
  verb: string,
  path: string,
  { operationId, summary, description = '', parameters = [], requestBody, responses }: DocumentedOperation,
  { parameters: shared, schemas }: Document['components'],
): Operation {
  const known = parameters.map((each) => ('$ref' in each ? shared[nameOf(each.$ref)]! : each));
  const success = responses['200'] ?? responses['201']!;
  const answer = success.content!['application/json']!.schema;
  const item = itemOf(answer, schemas);
  const { content = {}, required: isRequired = false } = requestBody ?? {};
  const json = content['application/json'];
  return {
    id: operationId,
    method: methodOf(resource, operationId),
    summary,
    description,
    verb: verb.toUpperCase() as Operation['verb'],
    path,
    ids: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!),
    query: known.filter((each) => each.in === 'query'),
    headers: known.filter((each) => each.in === 'header').map(({ name }) => name),
    ...(json && {
      body: {
        schema: nameOf(json.schema.$ref!),
        isRequired,
        ...(json.example && { example: json.example }),
      },
    }),
    answer,
    ...(item && { list: { item, isByCursor: known.some(({ name }) => name === 'cursor') } }),
    hasTag: 'ETag' in (success.headers ?? {}),
  };
}

/** What a page is a page of. */
function itemOf({ $ref }: Schema, schemas: Document['components']['schemas']): Schema | undefined {
  const { data, links } = ($ref && schemas[nameOf($ref)]?.properties) || {};
  return links && data?.items;
}

function methodOf(resource: string, id: string): string {
  const singular = resource.replace(/s$/, '');
  const noun = NOUNS[resource] ?? new RegExp(`${singular[0]!.toUpperCase()}${singular.slice(1)}s?(?=$|[A-Z])`);
  return METHODS[id] ?? id.replace(noun, '');
}

/** `external_id` as `externalId`. */
export const camelCase = (name: string): string =>
  name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** `listDeliveries` as `list_deliveries`; with another separator as commands are written. */
export const snakeCase = (name: string, separator = '_'): string =>
  name.replaceAll(/[A-Z]/g, (letter) => separator + letter.toLowerCase());

/** Whether its resource is changed by reading it, and writing under the `ETag` of what was read. */
export const isEditable = ({ operations }: Resource): boolean =>
  operations.some(({ method, hasTag }) => method === 'get' && hasTag) &&
  operations.some(({ method, headers }) => method === 'update' && headers.includes('If-Match'));
