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
  components: { schemas: Record<string, Node>; parameters: Record<string, unknown> };
}

/** Writes down once what a document says again and again, by names that generated clients show. Changes the document. */
export function share(document: object): void {
  const { paths, components } = document as Shareable;
  tellDefaults(components.schemas);
  // Of a member every tool can make an example by its format; those of whole resources stay.
  visit(components.schemas, (node) => {
    if (node['format'] === 'date-time' || node['format'] === 'uuid') delete node['examples'];
    // What is referred to has them; beside a reference the second would refuse every member.
    if ('$ref' in node) for (const name of ['example', 'additionalProperties']) delete node[name];
  });
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  );
  const names = new Map(Object.entries(components.schemas).map(([name, schema]) => [valuesOf(schema), name]));
  for (const { operation } of operations) {
    for (const parameter of operation.parameters ?? []) if ('schema' in parameter) nameValues(parameter.schema, names);
  }
  for (const { operation } of operations) {
    for (const { schema, example } of Object.values(operation.requestBody?.content ?? {})) {
      const body = components.schemas[schema.$ref.replace('#/components/schemas/', '')]!;
      // Tools look for the example of a body beside the schema.
      if (example !== undefined) delete body['examples'];
    }
  }
  shareParameters(operations, components.parameters);
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
