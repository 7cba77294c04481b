import { z } from 'zod';
import type { CreateDocumentOptions } from 'zod-openapi';

type Override = NonNullable<CreateDocumentOptions['override']>;
type JsonSchema = Parameters<Extract<Override, (...args: never[]) => unknown>>[0]['jsonSchema'];

const INT32_MAX = 2 ** 31 - 1;

/** How zod's schemas are written down: no less exact than by default, but shorter and kinder to what is added later. */
export const schemaStyle: Override = ({ jsonSchema, zodSchema, io }) => {
  if (zodSchema instanceof z.ZodNullable) foldNull(jsonSchema);
  // An answer may gain members; only requests are closed.
  if (zodSchema instanceof z.ZodObject && io === 'output' && !zodSchema.def.catchall)
    delete jsonSchema.additionalProperties;
  // The default of a parameter is written in what it becomes, which zod leaves out.
  if (zodSchema instanceof z.ZodDefault && typeof zodSchema.def.defaultValue === 'number') {
    jsonSchema.default = zodSchema.def.defaultValue;
  }
  // `format` says the same as these patterns of several hundred characters.
  if (['date-time', 'date', 'uuid'].includes(jsonSchema.format!)) delete jsonSchema.pattern;
  if ([jsonSchema.type].flat().includes('integer'))
    jsonSchema.format = jsonSchema.maximum! > INT32_MAX ? 'int64' : 'int32';
  // JSON Schema 2020-12 knows only the plural. Always the last member: by the text of a schema it is known as the same.
  const examples = 'example' in jsonSchema ? [jsonSchema['example']] : jsonSchema.examples;
  delete jsonSchema['example'];
  delete jsonSchema.examples;
  if (examples) jsonSchema.examples = examples;
};

/** `anyOf: [{ type: T }, { type: 'null' }]` as `type: [T, 'null']`. */
function foldNull(jsonSchema: JsonSchema): void {
  const [inner, ...rest] = jsonSchema.anyOf ?? [];
  if (typeof inner !== 'object' || typeof inner.type !== 'string' || rest.length !== 1) return;
  delete jsonSchema.anyOf;
  const { type, enum: values, ...others } = inner;
  Object.assign(jsonSchema, { ...others, ...jsonSchema, type: [type, 'null'] });
  if (values) jsonSchema.enum = [...values, null];
}
