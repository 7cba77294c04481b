import type { Parameter } from './document.js';
import { camelCase, type Operation, type Resource, snakeCase } from './operations.js';

/** How an operation is called with the libraries, for the reference. */
export interface Sample {
  typescript: string;
  python: string;
}

/** A sample of every operation of the libraries, by its id. */
export function samplesOf(resources: Resource[]): Record<string, Sample> {
  const samples = resources.flatMap(({ name, operations }) =>
    operations.map((operation) => {
      const thing = nameOfAnswer(operation);
      return [operation.id, { typescript: typescript(name, operation, thing), python: python(name, operation, thing) }];
    }),
  );
  return Object.fromEntries(samples) as Record<string, Sample>;
}

/** Those samples as a module of the gateway. */
export const samplesFile = (resources: Resource[]): string =>
  `// Made of openapi.json by \`npm run openapi\`; change the contracts, not this file.

/** How each operation is called with the official libraries. */
export const samples: Record<string, { typescript: string; python: string }> = ${JSON.stringify(samplesOf(resources), null, 2)};
`;

/** What comes back, in a word: `candidate`. */
function nameOfAnswer({ answer, list, id }: Operation): string {
  const { $ref } = list?.item ?? answer;
  const name = $ref?.split('/').at(-1) ?? id.replace(/^get/, '');
  return name
    .replace(/^Expanded/, '')
    .replace(/WithSecret$/, '')
    .replace(/^Webhook(?=Event)/, '');
}

function typescript(resource: string, operation: Operation, answer: string): string {
  const name = answer[0]!.toLowerCase() + answer.slice(1);
  const given = [...operation.ids.map((id) => camelCase(id)), ...bodyOf(operation, objectOf), ...queryOf(operation)];
  const call = `client.${resource}.${operation.method}(${given.join(', ')})`;
  return operation.list
    ? `for await (const ${name} of ${call}) console.log(${name});`
    : `const ${name} = await ${call};`;
}

function python(resource: string, operation: Operation, answer: string): string {
  const name = snakeCase(answer).replace(/^_/, '');
  const named = operation.query
    .filter(({ required }) => required)
    .map((each) => `${each.name}=${JSON.stringify(sampleOf(each))}`);
  const given = [...operation.ids, ...bodyOf(operation, pythonOf), ...named];
  const call = `client.${resource}.${snakeCase(operation.method)}(${given.join(', ')})`;
  return operation.list ? `for ${name} in ${call}:\n    print(${name})` : `${name} = ${call}`;
}

const bodyOf = ({ body }: Operation, write: (example: object) => string): string[] =>
  body?.example ? [write(body.example)] : [];

function queryOf({ query }: Operation): string[] {
  const needed = query.filter(({ required }) => required);
  return needed.length > 0 ? [objectOf(Object.fromEntries(needed.map((each) => [each.name, sampleOf(each)])))] : [];
}

/** What a parameter may be: its first example, or the oldest time that makes sense. */
const sampleOf = ({ schema }: Parameter): unknown =>
  (schema as { examples?: unknown[] }).examples?.[0] ?? '2026-11-23T00:00:00.000Z';

/** As it is written by hand: members without quotes. */
const objectOf = (value: unknown): string =>
  JSON.stringify(value, null, 2)
    .replaceAll(/^(\s*)"(\w+)":/gm, '$1$2:')
    .replaceAll('"', "'");

const pythonOf = (value: unknown): string =>
  JSON.stringify(value, null, 4).replaceAll(
    /: (null|true|false)(?=,?$)/gm,
    (_, word: string) => `: ${{ null: 'None', true: 'True', false: 'False' }[word]}`,
  );
