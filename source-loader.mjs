/**
 * Lets Node run the TypeScript of this repository as it is written, without a build: `node --import ./source-loader.mjs file.ts`.
 * Imports of workspaces lead to their sources (the export condition `development`), and stack traces name the lines of `.ts` files.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire, enableCompileCache, registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How SWC makes JavaScript of our TypeScript: as tsc does in a build, decorators and the metadata for Nest and TypeORM included. */
export const swcOptions = {
  jsc: {
    target: 'es2024',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

const require = createRequire(import.meta.url);
const cache = join(import.meta.dirname, 'node_modules/.cache/swc');
mkdirSync(cache, { recursive: true });
const how = JSON.stringify([swcOptions, require('@swc/core/package.json').version]);

/** What SWC makes of a file, from the last time if neither it nor how it is made has changed. */
function transform(filename) {
  const source = readFileSync(filename, 'utf8');
  const cached = join(cache, createHash('sha256').update(how).update(filename).update(source).digest('hex'));
  try {
    return readFileSync(cached, 'utf8');
  } catch {
    // SWC itself takes a while to load.
    const { code } = require('@swc/core').transformSync(source, { ...swcOptions, filename, swcrc: false });
    // Others may write the same at this moment.
    const own = `${cached}.${process.pid}`;
    writeFileSync(own, code);
    renameSync(own, cached);
    return code;
  }
}

process.setSourceMapsEnabled(true);
// What V8 has compiled of the dependencies: a service starts a fifth faster.
enableCompileCache(join(import.meta.dirname, 'node_modules/.cache/v8'));
registerHooks({
  resolve(specifier, context, nextResolve) {
    const isOfSource = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
    return nextResolve(isOfSource ? specifier.replace(/\.js$/, '.ts') : specifier, {
      ...context,
      conditions: ['development', '@nexivo/source', ...context.conditions],
    });
  },
  load(url, context, nextLoad) {
    if (!url.endsWith('.ts')) return nextLoad(url, context);
    return { format: 'module', source: transform(fileURLToPath(url)), shortCircuit: true };
  },
});
