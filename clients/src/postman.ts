/** What the collection is made of, of an OpenAPI document. */
export interface Document {
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { parameters: Record<string, Parameter> };
}
interface Reference {
  $ref: string;
}
interface Parameter {
  name: string;
  in: string;
  description?: string;
  required?: boolean;
}
interface Content {
  schema: Reference;
  example?: object;
}
interface Operation {
  summary: string;
  description?: string;
  tags: [string];
  security: Record<string, string[]>[];
  parameters?: (Parameter | Reference)[];
  requestBody?: { content: Record<string, Content> };
  responses: Record<string, { content?: Record<string, Content> }>;
}

/** An operation and where it is. */
interface Place {
  method: string;
  path: string;
  operation: Operation;
}

/** What is run before a request, or after it. */
export interface Script {
  listen: 'prerequest' | 'test';
  script: { exec: string[] };
}

/** A request of a collection, as far as whoever plays it needs to know. */
export interface Item {
  name: string;
  event: Script[];
  request: {
    method: string;
    header: { key: string; value: string }[];
    description?: string;
    url: { raw: string; host: string[]; path: string[]; query: object[] };
    body?: { mode: 'raw'; raw: string };
  };
}

/** A Postman collection, format 2.1. */
export interface Collection {
  info: { name: string; description: string; schema: string };
  auth: object;
  event: Script[];
  variable: { key: string; value: string }[];
  item: { name: string; item: Item[] }[];
}

const TAGS = ['Reference', 'Account', 'Candidates', 'Jobs', 'Submissions', 'Webhooks', 'Users', 'Tokens', 'Audit'];
const CHANGES = 'Changes';
const CLEAN_UP = 'Clean up';

/** Where requests are that would be in the way of others. */
const LAST: Record<string, string> = { patch: CHANGES, delete: CLEAN_UP };

/** Everything that a token can do, in an order in which each request finds what it needs: made before, deleted last. */
export function collectionOf({ info, paths, components }: Document): Collection {
  const places = Object.entries(paths)
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ method, path, operation })))
    .filter(isForTokens);
  const folders = Map.groupBy(places, ({ method, operation }) => LAST[method] ?? operation.tags[0]);
  const created = new Set(places.filter(isCreation).map(idOf));
  const used = new Set(
    places.flatMap(({ path }) => [...stepsOf(path).matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!)),
  );
  const listed = new Set([...used].filter((name) => !created.has(name)));
  return {
    info: {
      name: info.title,
      description: 'Set `baseUrl` and `token`, and run it: each request keeps the ids that later ones need.',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{token}}', type: 'string' }] },
    // For what is asked for from a time on.
    event: [
      script('prerequest', ["pm.collectionVariables.set('since', new Date(Date.now() - 3_600_000).toISOString());"]),
    ],
    variable: [
      { key: 'baseUrl', value: 'https://your-domain.com/ats/api/v1' },
      { key: 'token', value: '' },
    ],
    item: [...TAGS, CHANGES, CLEAN_UP].map((name) => ({
      name,
      item: inOrder(name, folders.get(name) ?? []).map((place) => toItem(place, components.parameters, listed)),
    })),
  };
}

export const toText = (collection: Collection): string => `${JSON.stringify(collection, null, 2)}\n`;

const isForTokens = ({ operation: { security, requestBody } }: Place): boolean =>
  security.some((each) => 'bearerToken' in each) || (security.length === 0 && !requestBody);

/** What is made comes before what is read, the longer path after the shorter; in the end the other way round. */
const inOrder = (folder: string, places: Place[]): Place[] =>
  folder === CLEAN_UP
    ? places.toReversed()
    : places.toSorted((a, b) => Number(isCreation(b)) - Number(isCreation(a)) || depth(a) - depth(b));

const isCreation = ({ method, operation }: Place): boolean => method === 'post' && '201' in operation.responses;
const depth = ({ path }: Place): number => path.split('/').length;

/** The variable for the id of what is answered: `candidate_id` of a `Candidate`, a `CandidateList` or a `CandidateWithSecret`. */
function idOf({ operation }: Place): string | undefined {
  const schema = schemaOf(operation.responses['201']) ?? schemaOf(operation.responses['200']);
  return schema && `${schema.replace(/(List|WithSecret)$/, '').toLowerCase()}_id`;
}

const schemaOf = (response: Operation['responses'][string] | undefined): string | undefined =>
  response?.content?.['application/json']?.schema.$ref?.split('/').at(-1);

const script = (listen: Script['listen'], exec: string[]): Script => ({ listen, script: { exec } });

/** A path with a variable for each parameter: `/candidates/{{candidate_id}}`. */
const stepsOf = (path: string): string =>
  path.replaceAll(/(\w+?)s?\/\{id\}/g, '$1s/{{$1_id}}').replaceAll(/(?<!\{)\{(\w+)\}/g, '{{$1}}');

function toItem(place: Place, shared: Document['components']['parameters'], listed: ReadonlySet<string>): Item {
  const { method, path, operation } = place;
  const parameters = (operation.parameters ?? []).map((each) =>
    '$ref' in each ? shared[each.$ref.split('/').at(-1)!]! : each,
  );
  const steps = stepsOf(path);
  const query = parameters.filter((each) => each.in === 'query');
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.example;
  const unsure = [...listed].filter((name) => steps.includes(`{{${name}}}`));
  return {
    name: operation.summary,
    event: [
      // An account need not have one.
      ...unsure.map((name) =>
        script('prerequest', [`if (!pm.collectionVariables.get('${name}')) pm.execution.skipRequest();`]),
      ),
      script('test', checksOf(place, listed)),
    ],
    request: {
      method: method.toUpperCase(),
      ...(operation.description && { description: operation.description }),
      header: body ? [{ key: 'Content-Type', value: 'application/json' }] : [],
      url: {
        raw: `{{baseUrl}}${steps}${query.some(({ required }) => required) ? '?since={{since}}' : ''}`,
        host: ['{{baseUrl}}'],
        path: steps.slice(1).split('/'),
        query: query.map(({ name, description, required = false }) => ({
          key: name,
          value: required ? `{{${name}}}` : '',
          description,
          disabled: !required,
        })),
      },
      ...(body && { body: { mode: 'raw', raw: JSON.stringify(withVariables(body), null, 2) } }),
    },
  };
}

/** The example with the ids that were kept; what it says of times is over one day, and left to the API where it can be. */
const withVariables = (example: object): object =>
  Object.fromEntries(
    Object.entries(example)
      .filter(([name]) => name !== 'until')
      .map(([name, value]) => {
        if (name.endsWith('_id')) return [name, `{{${name}}}`];
        return [name, name === 'since' ? '{{since}}' : value];
      }),
  );

/** Whether it went well, and which id it leaves to those that follow. */
function checksOf(place: Place, listed: ReadonlySet<string>): string[] {
  const name = idOf(place);
  const status = '201' in place.operation.responses ? 201 : 200;
  const check = `pm.test('${status}', () => pm.response.to.have.status(${status}));`;
  if (isCreation(place)) return [check, `pm.collectionVariables.set('${name}', pm.response.json().id);`];
  if (name === undefined || !listed.has(name) || place.path.includes('{')) return [check];
  return [
    check,
    'const [first] = pm.response.json().data;',
    `if (first) pm.collectionVariables.set('${name}', first.id);`,
    // An event is recorded a moment later.
    ...(name === 'event_id' ? ['else pm.execution.setNextRequest(pm.info.requestName);'] : []),
  ];
}
