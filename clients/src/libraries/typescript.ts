import { type Document, nameOf, referencesOf, type Schema } from './document.js';
import { camelCase, isEditable, type Operation, type Resource, snakeCase } from './operations.js';
import { jsdoc, queryName, typeOf } from './typescript-types.js';

const HEADER = '// Made of openapi.json by `npm run openapi`; change the contracts, not this file.\n';

/** The resources of the TypeScript library: a class for each, a method for each operation. */
export function resourcesFile(resources: Resource[]): string {
  const classes = resources.map(classOf);
  const types = new Set(resources.flatMap(({ operations }) => operations.flatMap(typesUsed)));
  const editors = resources.some(isEditable) ? "import { edit, type Change } from '../edit.js';\n" : '';
  return `${HEADER}${editors}import type { Http } from '../http.js';
import type { List } from '../list.js';
import type { Call } from '../call.js';
import type { ChangeOptions, GuardOptions, Options, PutOptions, WriteOptions } from '../options.js';
import { path } from '../path.js';
import type {
${[...types]
  .toSorted()
  .map((name) => `  ${name},\n`)
  .join('')}} from './types.js';

class Resource {
  constructor(protected readonly http: Http) {}
}

${classes.join('\n')}
/** Every resource of the API. */
export class Resources {
${resources.map(({ name, description }) => `${jsdoc(description, '  ')}  readonly ${name}: ${className(name)};\n`).join('')}
  constructor(http: Http) {
${resources.map(({ name }) => `    this.${name} = new ${className(name)}(http);\n`).join('')}  }
}
`;
}

/** For the command line: every operation, as data. */
export function commandsFile(resources: Resource[], schemas: Document['components']['schemas']): string {
  const rows = resources.flatMap(({ name: resource, operations }) =>
    operations.map(({ method, summary, ids, query, body, list }) =>
      JSON.stringify({
        resource,
        method,
        verb: snakeCase(method, '-'),
        summary,
        ids,
        query: Object.fromEntries(query.map(({ name, schema }) => [name, kindOf(schema, schemas)])),
        ...(body && { body: kindsOf(schemas[body.schema]!, schemas) }),
        isList: list !== undefined,
      }),
    ),
  );
  return `${HEADER}import type { Command } from '../command.js';

export const commands: readonly Command[] = [
${rows.map((row) => `  ${row},\n`).join('')}];
`;
}

/** The members that somebody may set, and how they are typed. */
const kindsOf = ({ properties = {} }: Schema, schemas: Document['components']['schemas']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties)
      .filter(([, schema]) => isSaid(schema))
      .map(([name, schema]) => [name, kindOf(schema, schemas)]),
  );

/** Members that only the API sets have no type. */
const isSaid = ({ type, $ref, anyOf, enum: values }: Schema): boolean => [type, $ref, anyOf, values].some(Boolean);

function kindOf(schema: Schema, schemas: Document['components']['schemas']): string {
  if (schema.$ref) return kindOf(schemas[nameOf(schema.$ref)]!, schemas);
  if (schema.anyOf)
    return kindOf(
      schema.anyOf.find(({ type }) => type !== 'null')!,
      schemas,
    );
  const kinds: Record<string, string> = {
    string: 'text',
    integer: 'number',
    number: 'number',
    boolean: 'boolean',
    array: 'list',
  };
  return kinds[[schema.type].flat()[0]!] ?? 'json';
}

const className = (name: string): string => `${name[0]!.toUpperCase()}${name.slice(1)}Resource`;

function classOf(resource: Resource): string {
  const { name, description, operations } = resource;
  const methods = operations.map(methodOf);
  if (isEditable(resource)) methods.push(editOf(resource));
  return `${jsdoc(description)}export class ${className(name)} extends Resource {\n${methods.join('\n')}}\n`;
}

function methodOf(operation: Operation): string {
  const { method, verb, path, ids, query, body, list } = operation;
  const mustAsk = query.some(({ required }) => required);
  const parameters = [
    ...ids.map((id) => `${camelCase(id)}: string`),
    ...(body ? [`body: ${body.schema}${body.isRequired ? '' : ' = {}'}`] : []),
    ...(query.length > 0 ? [`query: ${queryName(operation.id)}${mustAsk ? '' : ' = {}'}`] : []),
    `options?: ${optionsOf(operation)}`,
  ];
  const where =
    ids.length > 0
      ? `path\`${path.replaceAll(/\{(\w+)\}/g, (_, id: string) => `\${${camelCase(id)}}`)}\``
      : `'${path}'`;
  const asks = query.length > 0 ? 'query' : '{}';
  const call = list
    ? `this.http.list(${where}, ${asks}, ${list.isByCursor}, options)`
    : `this.http.send(${[`'${verb}'`, where, 'options', ...(body ? ['body'] : query.length > 0 ? ['undefined', 'query'] : [])].join(', ')})`;
  return `${jsdoc(docOf(operation), '  ')}  ${method}(${parameters.join(', ')}): ${answerOf(operation)} {
    return ${call};
  }
`;
}

const docOf = ({ summary, description }: Operation): string =>
  [`${summary}.`, description].filter(Boolean).join('\n\n');

const answerOf = ({ answer, list }: Operation): string =>
  list ? `List<${typeOf(list.item)}, ${typeOf(answer)}>` : `Call<${typeOf(answer)}>`;

/** What a caller may say beside what he asks for: the API refuses a condition that it would not look at. */
function optionsOf({ headers }: Operation): string {
  const isKeyed = headers.includes('Idempotency-Key');
  if (!headers.includes('If-Match')) return isKeyed ? 'WriteOptions' : 'Options';
  if (isKeyed) return 'ChangeOptions';
  return headers.includes('If-None-Match') ? 'PutOptions' : 'GuardOptions';
}

function editOf({ operations }: Resource): string {
  const update = operations.find(({ method }) => method === 'update')!;
  const [patch, whole] = [update.body!.schema, typeOf(update.answer)];
  const read = operations.find(({ method }) => method === 'get')!;
  const get = read.query.length > 0 ? 'this.get(id, {}, options)' : 'this.get(id, options)';
  return `  /**
   * Reads it, has \`change\` say what to change of what was read, and writes that if nobody has written meanwhile: otherwise all of it
   * again. \`change\` may run several times; what it returns is a patch, and nothing is written if it returns nothing.
   */
  edit(id: string, change: Change<${whole}, ${patch}>, options?: Options): Promise<${whole}> {
    return edit(() => ${get}.withResponse(), (patch, guard) => this.update(id, patch, guard), change, options);
  }
`;
}

const typesUsed = ({ id, query, body, answer, list }: Operation): string[] => [
  ...referencesOf(answer),
  ...referencesOf(list?.item),
  ...(body ? [body.schema] : []),
  ...(query.length > 0 ? [queryName(id)] : []),
];
