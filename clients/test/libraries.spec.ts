import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildDocument } from '@nexivo/gateway/openapi/document';
import { Nexivo } from '@nexivo/sdk';
import { hasPython, runModule, WITHOUT_PYTHON } from '@nexivo/sdk-python/python';
import type { Document } from '../src/libraries/document.js';
import { emitLibraries } from '../src/libraries/emit.js';
import { camelCase, isForTokens, resourcesOf } from '../src/libraries/operations.js';
import { toSync } from '../src/libraries/python.js';
import { samplesOf } from '../src/libraries/samples.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const document = JSON.parse(JSON.stringify(buildDocument())) as Document;
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
const methods = resourcesOf(document).flatMap(({ name, operations }) =>
  operations.map((each) => ({ resource: name, ...each })),
);

test.each(Object.entries(emitLibraries(document, root)))(
  '%s is that of the document; `npm run openapi` writes it anew',
  (path, text) => {
    expect(readFileSync(`${root}/${path}`, 'utf8')).toBe(text);
  },
);

test('every operation is a method of the libraries, but for those of people who are signed in', () => {
  const missing = operations
    .map(({ operationId }) => operationId)
    .filter((id) => methods.every((each) => each.id !== id));
  expect(missing).toEqual(operations.filter((each) => !isForTokens(each)).map(({ operationId }) => operationId));
  const ofPeople = operations.filter(({ security }) => security.some((each) => 'session' in each));
  expect(ofPeople.filter(({ security }) => security.some((each) => 'bearerToken' in each)).every(isForTokens)).toBe(
    true,
  );
});

test.each(methods.map((each) => [`${each.resource}.${each.method}`, each] as const))(
  '%s is there',
  (_, { resource, method }) => {
    const client = new Nexivo({ baseUrl: 'http://localhost', token: 'x' });
    expect(client[resource as 'jobs']).toHaveProperty(method, expect.any(Function));
  },
);

test('no two operations have one name', () => {
  const names = methods.map(({ resource, method }) => `${resource}.${method}`);
  expect(names).toEqual([...new Set(names)]);
});

test('every POST and PATCH takes an idempotency key, so that it may be sent again', () => {
  const writes = methods.filter(({ verb }) => verb === 'POST' || verb === 'PATCH');
  expect(writes.filter(({ headers }) => !headers.includes('Idempotency-Key'))).toEqual([]);
});

test('a module that blocks has no word of one that does not', () => {
  const module = 'async def f(x: AsyncIterator[int]) -> None:\n    async for y in x:\n        await asyncio.sleep(y)\n';
  expect(toSync(module)).toContain('def f(x: Iterator[int]) -> None:\n    for y in x:\n        time.sleep(y)\n');
  const blocking = Object.entries(emitLibraries(document, root)).filter(([path]) => path.includes('/_sync/'));
  expect(blocking).not.toEqual([]);
  for (const [, text] of blocking) expect(text.replaceAll('`_async`', '')).not.toMatch(/async|await/i);
});

describe('the samples of the reference', () => {
  const samples = Object.entries(samplesOf(resourcesOf(document)));
  const ids = [...new Set(methods.flatMap((each) => each.ids))];
  const folder = `${root}/clients/reports/samples`;
  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
  });

  test('compile with the TypeScript library', async () => {
    const functions = samples.map(([id, { typescript }]) => `export async function ${id}() {\n${typescript}\n}\n`);
    const names = ids.map((id) => `declare const ${camelCase(id)}: string;\n`);
    const head = `import type { Nexivo } from '@nexivo/sdk';\ndeclare const client: Nexivo;\n`;
    writeFileSync(`${folder}/samples.ts`, head + names.join('') + functions.join(''));
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023,dom'];
    const resolution = ['--module', 'nodenext', '--customConditions', '@nexivo/source'];
    const tsc = [`${root}/clients/node_modules/typescript/bin/tsc`, ...options, ...resolution, `${folder}/samples.ts`];
    await expect(promisify(execFile)(process.execPath, tsc)).resolves.toMatchObject({ stdout: '' });
  });

  const testIfThere = hasPython ? test : test.skip;
  testIfThere(`compile with the Python library${hasPython ? '' : `, which ${WITHOUT_PYTHON}`}`, async () => {
    const indented = (text: string): string => text.replaceAll(/^/gm, '    ');
    const functions = samples.map(
      ([id, { python }]) =>
        `def ${id}(client: Nexivo, ${ids.map((each) => `${each}: str`).join(', ')}) -> None:\n${indented(python)}\n`,
    );
    writeFileSync(`${folder}/samples.py`, `from nexivohr import Nexivo\n\n${functions.join('\n')}`);
    expect(
      await runModule(['mypy', '--cache-dir=reports/mypy', `${folder}/samples.py`], { MYPYPATH: 'src' }),
    ).toContain('Success');
  });
});
