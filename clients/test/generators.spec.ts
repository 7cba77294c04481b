import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { buildDocument, toText } from '@nexivo/gateway/openapi/document';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a program of a package of this workspace; what it says is what is wrong. */
const node = async (program: string, ...options: string[]): Promise<string> => {
  const args = [`node_modules/${program}`, ...options];
  return run(process.execPath, args, { cwd: root }).then(
    () => '',
    (error: { stdout: string; stderr: string }) => `${error.stdout}${error.stderr}`,
  );
};

beforeAll(async () => {
  rmSync(`${root}/generated`, { recursive: true, force: true });
  mkdirSync(`${root}/generated`);
  writeFileSync(`${root}/generated/openapi.json`, toText(buildDocument()));
  const [file, out] = ['./generated/openapi.json', './generated'];
  const told = await Promise.all([
    node('openapi-typescript/bin/cli.js', file, '-o', `${out}/openapi-typescript.ts`),
    node('@hey-api/openapi-ts/bin/run.js', '-i', file, '-o', `${out}/hey-api`, '--silent', '--no-log-file'),
    node('orval/dist/bin/orval.mjs', '--input', file, '--output', `${out}/orval.ts`, '--client', 'fetch'),
  ]);
  expect(told).toEqual(['', '', '']);
});

test('the journey of the published page compiles with the clients of three generators', async () => {
  expect(await node('typescript/bin/tsc', '-p', 'journeys')).toBe('');
});

test('no schema has a name that a browser has', () => {
  const browser = readFileSync(`${root}/node_modules/typescript/lib/lib.dom.d.ts`, 'utf8');
  const names = new Set([...browser.matchAll(/^(?:interface|declare var|type) (\w+)/gm)].map(([, name]) => name!));
  expect(names).toContain('Event');
  expect(Object.keys(buildDocument().components!.schemas!).filter((name) => names.has(name))).toEqual([]);
});
