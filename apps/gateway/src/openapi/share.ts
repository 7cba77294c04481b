import { isDeepStrictEqual } from 'node:util';
import { pascalCase } from '@nexivo/contracts/events';

/** A part of a document, as JSON has it. */
interface Node {
  [member: string]: unknown;
}
interface Parameter extends Node {
  name: string;
  in: string;
  schema: Node;
}
interface Operation {
  tags: string[];
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { content: Record<string, { schema: { $ref: string }; example?: unknown }> };
}
interface Shareable {
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, { post: Operation }>;
  components: { schemas: Record<string, Node>; parameters: Record<string, unknown> };
}

/** Writes down once what a document says again and again, by names that generated clients show. Changes the document. */
export function share(document: object): void {
  const { paths, webhooks, components } = document as Shareable;
  tellDefaults(components.schemas);
  // What a member was before is described where it is shown as it is.
  for (const { properties } of Object.values(components.schemas) as { properties?: { previous?: Node } }[])
    for (const member of Object.values(membersOf(properties?.previous ?? {}))) delete (member as Node)['description'];
  // Of a member every tool can make an example by its format; those of whole resources stay.
  visit(components.schemas, (node) => {
    if (node['format'] === 'date-time' || node['format'] === 'uuid') delete node['examples'];
    // What is referred to has them; beside a reference the second would refuse every member.
    if ('$ref' in node) for (const name of ['example', 'additionalProperties']) delete node[name];
    // All names are strings.
    if (isDeepStrictEqual(node['propertyNames'], { type: 'string' })) delete node['propertyNames'];
  });
  nameCounts(components.schemas);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  );
  const names = new Map(Object.entries(components.schemas).map(([name, schema]) => [valuesOf(schema), name]));
  for (const { operation } of operations) {
    for (const parameter of operation.parameters ?? []) if ('schema' in parameter) nameValues(parameter.schema, names);
  }
  for (const { requestBody } of [
    ...operations.map(({ operation }) => operation),
    ...Object.values(webhooks).map(({ post }) => post),
  ]) {
    for (const { schema, example } of Object.values(requestBody?.content ?? {})) {
      const body = components.schemas[schema.$ref.replace('#/components/schemas/', '')]!;
      // Tools look for the example of a body beside the schema.
      if (example !== undefined) delete body['examples'];
    }
  }
  shareParameters(operations, components.parameters);
  extendBases(components.schemas);
  requireMore(components.schemas);
}

/** From so many members on a schema that has all of another's is written as an extension of it. */
const MEMBERS_OF_BASE = 5;

/**
 * Of a schema that has all members of another and more, says only what is more: `allOf` the other and this. Closed ones, of bodies, stay, for
 * each part of an `allOf` would refuse the members of the others.
 */
function extendBases(schemas: Record<string, Node>): void {
  const open = Object.entries(schemas).filter(([, { additionalProperties }]) => additionalProperties === undefined);
  const bases = open
    .filter(([, schema]) => Object.keys(membersOf(schema)).length >= MEMBERS_OF_BASE)
    .toSorted(([, a], [, b]) => Object.keys(membersOf(b)).length - Object.keys(membersOf(a)).length);
  const extensions = open.flatMap(([name, schema]) => {
    const base = bases.find(([other, each]) => other !== name && extendsBase(schema, each));
    return base ? [{ schema, base, more: beyond(schema, base[1]) }] : [];
  });
  for (const { schema, base, more } of extensions) {
    for (const member of ['type', 'properties', 'required']) delete schema[member];
    schema['allOf'] = [{ $ref: `#/components/schemas/${base[0]}` }, more];
  }
}

/** A body with the members of another, of which more are required, says only which. */
function requireMore(schemas: Record<string, Node>): void {
  for (const [name, schema] of Object.entries(schemas)) {
    const same = Object.entries(schemas).find(
      ([other, { properties, required }]) =>
        other !== name && !required && properties && isDeepStrictEqual(properties, schema['properties']),
    );
    if (!same || !schema['required']) continue;
    delete schema['properties'];
    delete schema['additionalProperties'];
    schema['allOf'] = [{ $ref: `#/components/schemas/${same[0]}` }];
  }
}

const membersOf = (schema: Node): Record<string, unknown> => (schema['properties'] ?? {}) as Record<string, unknown>;
const requiredOf = (schema: Node): string[] => (schema['required'] ?? []) as string[];

function extendsBase(schema: Node, base: Node): boolean {
  const members = membersOf(schema);
  const required = requiredOf(schema);
  return (
    Object.keys(members).length > Object.keys(membersOf(base)).length &&
    Object.entries(membersOf(base)).every(([name, member]) => isDeepStrictEqual(members[name], member)) &&
    requiredOf(base).every((name) => required.includes(name))
  );
}

/** What a schema says beyond its base. */
function beyond(schema: Node, base: Node): Node {
  const properties = Object.entries(membersOf(schema)).filter(([name]) => !(name in membersOf(base)));
  const required = requiredOf(schema).filter((name) => !requiredOf(base).includes(name));
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
  };
}

function visit(node: unknown, see: (node: Node) => void): void {
  if (typeof node !== 'object' || node === null) return;
  see(node as Node);
  for (const child of Object.values(node)) visit(child, see);
}

/** Generators take a member with a default for one that is always there, also in a body that is to be sent: words say the same. */
const tellDefaults = (schemas: Record<string, Node>): void =>
  visit(schemas, (node) => {
    const { default: value, description } = node;
    if (typeof value !== 'string' && typeof value !== 'number') return;
    delete node['default'];
    node['description'] = [description, `\`${value}\` unless told.`].filter(Boolean).join('. ');
  });

/** What is counted has one schema; what has a name of its own keeps it. */
function nameCounts(schemas: Record<string, Node>): void {
  const count = { type: 'integer', format: 'int64', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
  const named = new Set(Object.values(schemas));
  visit(schemas, (node) => {
    const { description, ...schema } = node;
    if (named.has(node) || !isDeepStrictEqual(schema, count)) return;
    for (const name of Object.keys(count)) delete node[name];
    Object.assign(node, { $ref: '#/components/schemas/Count' }, description !== undefined && { description });
  });
  schemas['Count'] = count;
}

const valuesOf = (schema: Node): string | undefined =>
  schema['enum'] === undefined ? undefined : JSON.stringify(schema['enum']);

/** A list of values that a schema has a name for. */
function nameValues(schema: Node, names: ReadonlyMap<string | undefined, string>): void {
  const items = schema['items'] as Node | undefined;
  const name = items && 'enum' in items ? names.get(valuesOf(items)) : undefined;
  if (name) schema['items'] = { $ref: `#/components/schemas/${name}` };
}

/** Makes components of the parameters that several operations have. */
function shareParameters(
  operations: readonly { path: string; operation: Operation }[],
  components: Record<string, unknown>,
): void {
  const uses = operations.flatMap(({ path, operation }) =>
    (operation.parameters ?? []).flatMap((parameter) =>
      'name' in parameter ? [{ path, operation, parameter, text: JSON.stringify(parameter) }] : [],
    ),
  );
  const shared = [...Map.groupBy(uses, ({ text }) => text).values()].filter(({ length }) => length > 1);
  for (const [name, namesakes] of Map.groupBy(shared, ([use]) => shortName(use!))) {
    for (const each of namesakes) {
      const { parameter, operation } = each[0]!;
      const component = namesakes.length === 1 ? name : operation.tags[0] + name;
      if (component in components) throw new Error(`two parameters are called ${component}`);
      components[component] = parameter;
      for (const use of each) {
        const list = use.operation.parameters!;
        list[list.indexOf(use.parameter)] = { $ref: `#/components/parameters/${component}` };
      }
    }
  }
}

/** `CandidateId` of the `id` in `/candidates/{id}`, otherwise the parameter's own name. */
function shortName({ path, parameter: { name } }: { path: string; parameter: Parameter }): string {
  const [, collection] = name === 'id' ? (/(\w+?)s?\/\{id\}/.exec(path) ?? []) : [];
  return pascalCase(collection === undefined ? name : `${collection}_id`);
}
