/** As much of an OpenAPI document as the libraries are made of. */
export interface Document {
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Record<string, Schema>; parameters: Record<string, Parameter> };
}

/** A JSON schema, as far as the document uses that language. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: Schema;
}

export interface DocumentedOperation {
  operationId: string;
  summary: string;
  description?: string;
  tags: [string];
  security: Record<string, string[]>[];
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema; example?: object }> };
  responses: Record<string, { headers?: object; content?: Record<string, { schema: Schema }> }>;
}

/** The name at the end of a reference. */
export const nameOf = ($ref: string): string => $ref.split('/').at(-1)!;

/**
 * The schemas with each `allOf` of objects as one object that has the members of all. What a later part says of a member counts, and the description is
 * that of the whole.
 */
export function flattened(schemas: Record<string, Schema>): Record<string, Schema> {
  const flat = (schema: Schema): Schema => {
    const { allOf, ...own } = schema;
    if (!allOf) return schema;
    const parts = [...allOf.map((part) => flat(part.$ref ? schemas[nameOf(part.$ref)]! : part)), own];
    return {
      ...own,
      type: 'object',
      properties: Object.assign({}, ...parts.map(({ properties }) => properties)) as Record<string, Schema>,
      required: [...new Set(parts.flatMap(({ required = [] }) => required))],
    };
  };
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, flat(schema)]));
}

/** The names of all components that a schema leads to, itself left out. */
export function reachable(schemas: Record<string, Schema>, roots: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const each of referencesOf(schemas[name])) visit(each);
  };
  for (const root of roots) visit(root);
  return found;
}

/** The names that something refers to, by whatever member. */
export function referencesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([member, inner]) =>
    member === '$ref' ? [nameOf(inner as string)] : referencesOf(inner),
  );
}
