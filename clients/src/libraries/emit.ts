import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, flattened, reachable, referencesOf } from './document.js';
import { resourcesOf } from './operations.js';
import { pythonResourcesFile, toSync } from './python.js';
import { pythonTypesFile } from './python-types.js';
import { samplesFile } from './samples.js';
import { commandsFile, resourcesFile } from './typescript.js';
import { typesFile } from './typescript-types.js';

/** Components that no operation names, and whoever uses a library does: what webhooks are sent, what an error says. */
const ALSO = ['Problem', 'SentEvent', 'EventType'];

const PYTHON = 'packages/sdk-python/src/nexivohr';

/**
 * The parts of the official libraries that are made of the document: texts by their paths.
 *
 * @param root of the repository, with the modules of which others are made
 */
export function emitLibraries(document: Document, root: string): Record<string, string> {
  const resources = resourcesOf(document);
  const schemas = flattened(document.components.schemas);
  const roots = resources.flatMap(({ operations }) =>
    operations.flatMap(({ answer, body, query }) => [...referencesOf([answer, query]), ...(body ? [body.schema] : [])]),
  );
  const names = reachable(schemas, [...roots, ...ALSO]);
  const asyncResources = pythonResourcesFile(resources);
  return {
    'packages/sdk/src/generated/types.ts': typesFile(schemas, names, resources),
    'packages/sdk/src/generated/resources.ts': resourcesFile(resources),
    'packages/sdk/src/cli/generated/commands.ts': commandsFile(resources, schemas),
    'apps/gateway/src/openapi/generated/samples.ts': samplesFile(resources),
    [`${PYTHON}/types.py`]: pythonTypesFile(schemas, names),
    [`${PYTHON}/_async/_resources.py`]: asyncResources,
    [`${PYTHON}/_sync/_resources.py`]: toSync(asyncResources),
    ...blockingModules(join(root, PYTHON)),
  };
}

function blockingModules(folder: string): Record<string, string> {
  const modules = readdirSync(join(folder, '_async')).filter(
    (name) => name.endsWith('.py') && name !== '_resources.py',
  );
  return Object.fromEntries(
    modules.map((name) => [`${PYTHON}/_sync/${name}`, toSync(readFileSync(join(folder, '_async', name), 'utf8'))]),
  );
}
