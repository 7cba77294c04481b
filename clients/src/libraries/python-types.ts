import { type Document, nameOf, referencesOf, type Schema } from './document.js';

const HEADER = `# Made of openapi.json by \`npm run openapi\`; change the contracts, not this file.
"""What the methods take and answer."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, TypedDict, Union
`;

/** The types of everything that the methods take and answer: a TypedDict for each object. */
export function pythonTypesFile(schemas: Document['components']['schemas'], names: Set<string>): string {
  const components = Object.entries(schemas).filter(([name]) => names.has(name));
  const ordered = inOrderOfUse(components.toSorted(([, a], [, b]) => Number(isObject(a)) - Number(isObject(b))));
  return [
    HEADER,
    ...ordered.flatMap(([name, schema]) => (isObject(schema) ? classes(name, schema) : [alias(name, schema)])),
  ].join('\n');
}

/** An alias is evaluated where it stands, unlike the members of a class: what it names comes before it. */
function inOrderOfUse(components: [string, Schema][]): [string, Schema][] {
  const schemas = new Map(components);
  const placed = new Map<string, Schema>();
  const place = (name: string): void => {
    const schema = schemas.get(name);
    if (!schema || placed.has(name)) return;
    if (!isObject(schema)) referencesOf(schema).forEach(place);
    placed.set(name, schema);
  };
  for (const [name] of components) place(name);
  return [...placed];
}

const isObject = ({ properties, oneOf }: Schema): boolean => properties !== undefined && oneOf === undefined;

function alias(name: string, schema: Schema): string {
  const comment = schema.description ? `#: ${schema.description.replaceAll('\n', '\n#: ')}\n` : '';
  return `${comment}${name} = ${pythonType(schema, name, [])}\n`;
}

/** A class, in front of it those of the objects within it; what may be missing is in a class of its own. */
function classes(name: string, { description, properties = {}, required = [] }: Schema): string[] {
  const inner: string[] = [];
  const members = Object.entries(properties).map(([member, schema]) => ({
    text: `${commentOf(schema.description)}    ${member}: ${pythonType(schema, `${name}${pascalCase(member)}`, inner)}\n`,
    isRequired: required.includes(member),
    member,
    type: pythonType(schema, `${name}${pascalCase(member)}`, []),
  }));
  const [needed, optional] = [members.filter((each) => each.isRequired), members.filter((each) => !each.isRequired)];
  if (Object.keys(properties).some((member) => KEYWORDS.has(member))) return [...inner, functional(name, members)];
  const doc = description ? `    """${description.replaceAll('\\', '\\\\')}"""\n\n` : '';
  const body = (each: typeof members): string => each.map(({ text }) => text).join('') || '    pass\n';
  if (optional.length === 0) return [...inner, `\nclass ${name}(TypedDict):\n${doc}${body(needed)}`];
  if (needed.length === 0) return [...inner, `\nclass ${name}(TypedDict, total=False):\n${doc}${body(optional)}`];
  return [
    ...inner,
    `\nclass _${name}(TypedDict):\n${body(needed)}`,
    `\nclass ${name}(_${name}, total=False):\n${doc}${body(optional)}`,
  ];
}

/** Words that no member of a class may be. */
const KEYWORDS = new Set([
  'from',
  'import',
  'class',
  'global',
  'in',
  'is',
  'not',
  'as',
  'with',
  'return',
  'yield',
  'pass',
  'del',
  'def',
]);

/** A class some of whose members are words of the language; none of them may be missing. */
const functional = (name: string, members: { member: string; type: string }[]): string =>
  `\n${name} = TypedDict(\n    "${name}",\n    {\n${members.map(({ member, type }) => `        "${member}": "${type.replaceAll('"', "'")}",\n`).join('')}    },\n)\n`;

const commentOf = (description: string | undefined): string =>
  description
    ? description
        .split('\n')
        .map((line) => `    #: ${line}\n`)
        .join('')
    : '';

/** A schema as a type. Objects within it become classes of that name, which are added to those `inner`. */
export function pythonType(schema: Schema, name: string, inner: string[]): string {
  if (schema.$ref) return nameOf(schema.$ref);
  if ('const' in schema) return `Literal[${literal(schema.const)}]`;
  if (schema.enum) return `Literal[${schema.enum.map(literal).join(', ')}]`;
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return union(either.map((each) => pythonType(each, name, inner)));
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => pythonType({ ...schema, type }, name, inner)));
  switch (schema.type) {
    case 'string':
      return 'str';
    case 'integer':
      return 'int';
    case 'number':
      return 'float';
    case 'boolean':
      return 'bool';
    case 'null':
      return 'None';
    case 'array':
      return `List[${pythonType(schema.items ?? {}, `${name}Item`, inner)}]`;
    case 'object':
      if (!schema.properties) {
        const value = schema.additionalProperties;
        return `Dict[str, ${typeof value === 'object' ? pythonType(value, `${name}Value`, inner) : 'Any'}]`;
      }
      inner.push(...classes(name, schema));
      return name;
    case undefined:
    default:
      return 'Any';
  }
}

function union(types: string[]): string {
  const different = [...new Set(types)];
  const others = different.filter((type) => type !== 'None');
  const joined = others.length === 1 ? others[0]! : `Union[${others.join(', ')}]`;
  return others.length === different.length ? joined : `Optional[${joined}]`;
}

const literal = (value: unknown): string =>
  value === true ? 'True' : value === false ? 'False' : JSON.stringify(value);

const pascalCase = (name: string): string =>
  name.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
