import { type Document, nameOf, type Parameter, type Schema } from './document.js';
import type { Resource } from './operations.js';

const HEADER = '// Made of openapi.json by `npm run openapi`; change the contracts, not this file.\n';

/** The types of everything that the methods take and answer. */
export function typesFile(
  schemas: Document['components']['schemas'],
  names: Set<string>,
  resources: Resource[],
): string {
  const components = Object.entries(schemas)
    .filter(([name]) => names.has(name))
    .map(([name, schema]) => declaration(name, schema));
  const queries = resources.flatMap(({ operations }) =>
    operations.filter(({ query }) => query.length > 0).map(({ id, query }) => queryType(id, query)),
  );
  return [HEADER, ...components, ...queries].join('\n');
}

/** The name of the type of an operation's query. */
export const queryName = (id: string): string => `${id[0]!.toUpperCase()}${id.slice(1)}Query`;

function declaration(name: string, schema: Schema): string {
  const comment = jsdoc(schema.description);
  if (!isPlainObject(schema)) return `${comment}export type ${name} = ${typeOf(schema)};\n`;
  return `${comment}export interface ${name} ${membersOf(schema, '')}\n`;
}

const isPlainObject = ({ properties, type, oneOf }: Schema): boolean =>
  properties !== undefined && type === 'object' && oneOf === undefined;

function queryType(id: string, query: Parameter[]): string {
  const members = query.map(
    ({ name, description, required, schema }) =>
      `${jsdoc(description, '  ')}  ${name}${required ? '' : '?'}: ${queryValue(schema)}${required ? '' : ' | undefined'};\n`,
  );
  return `export interface ${queryName(id)} {\n${members.join('')}}\n`;
}

/** Lists of what is asked for are only read. */
const queryValue = (schema: Schema): string =>
  schema.type === 'array' ? `readonly ${typeOf(schema)}` : typeOf(schema);

/** A schema as a type. */
export function typeOf(schema: Schema, indent = ''): string {
  if (schema.$ref) return nameOf(schema.$ref);
  if ('const' in schema) return literal(schema.const);
  if (schema.enum) return schema.enum.map(literal).join(' | ');
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return unique(either.map((each) => typeOf(each, indent))).join(' | ');
  if (Array.isArray(schema.type)) {
    return unique(schema.type.map((type) => typeOf({ ...schema, type }, indent))).join(' | ');
  }
  return simpleType(schema, indent);
}

function simpleType(schema: Schema, indent: string): string {
  switch (schema.type) {
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'array': {
      const item = typeOf(schema.items ?? {}, indent);
      return item.includes(' ') ? `(${item})[]` : `${item}[]`;
    }
    case 'object':
      if (schema.properties) return membersOf(schema, indent);
      return `Record<string, ${typeof schema.additionalProperties === 'object' ? typeOf(schema.additionalProperties, indent) : 'unknown'}>`;
    case undefined:
    default:
      return 'unknown';
  }
}

function membersOf({ properties = {}, required = [] }: Schema, indent: string): string {
  const inner = `${indent}  `;
  const members = Object.entries(properties).map(
    ([name, schema]) =>
      `${jsdoc(schema.description, inner)}${inner}${name}${required.includes(name) ? '' : '?'}: ${typeOf(schema, inner)};\n`,
  );
  return `{\n${members.join('')}${indent}}`;
}

/** A comment of so many lines as its text has. */
export function jsdoc(text = '', indent = ''): string {
  const lines = text.trim().replaceAll('*/', '*\\/').split('\n');
  if (lines.length > 1)
    return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
  return lines[0] ? `${indent}/** ${lines[0]} */\n` : '';
}

const literal = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));
const unique = (types: string[]): string[] => [...new Set(types)];
