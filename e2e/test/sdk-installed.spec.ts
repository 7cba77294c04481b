import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { BASE_PATH } from '@nexivo/contracts/route';
import { repositoryRoot } from '@nexivo/local/paths';
import { openBrowser } from './browser.js';
import { type SharedStack, shareStack } from './shared-stack.js';

const run = promisify(execFile);

let shared: SharedStack;
let folder: string;
let installed: string;
beforeAll(async () => {
  shared = await shareStack();
  folder = mkdtempSync(join(tmpdir(), 'nexivo-installed-'));
  installed = join(folder, 'node_modules/@nexivo/sdk');
  mkdirSync(installed, { recursive: true });
  const packed = await run('npm', ['pack', '--workspace', '@nexivo/sdk', '--pack-destination', folder], {
    cwd: repositoryRoot,
  });
  await run('tar', [
    'xzf',
    join(folder, packed.stdout.trim().split('\n').at(-1)!),
    '--strip-components=1',
    '-C',
    installed,
  ]);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await shared.leave();
});

it('what is packed has the library, its types and nothing of the repository', async () => {
  const { stdout } = await run('find', ['.', '-type', 'f'], { cwd: installed });
  const files = stdout.trim().split('\n');
  expect(files).toEqual(
    expect.arrayContaining([
      './package.json',
      './dist/esm/index.js',
      './dist/cjs/index.d.ts',
      './dist/esm/cli/main.js',
    ]),
  );
  expect(
    files.filter(
      (file) => !/^\.\/(package\.json|dist\/(esm|cjs)\/.+\.(js|d\.ts)|dist\/cjs\/package\.json)$/.test(file),
    ),
  ).toEqual([]);
});

it.each([
  ['import', 'mjs', "import { Nexivo } from '@nexivo/sdk'; import { verify } from '@nexivo/sdk/webhooks';"],
  ['require', 'cjs', "const { Nexivo } = require('@nexivo/sdk'); const { verify } = require('@nexivo/sdk/webhooks');"],
])('it is there for who writes %s', async (_, extension, head) => {
  const { token } = await shared.client();
  const file = join(folder, `program.${extension}`);
  const body = `new Nexivo({ baseUrl: '${shared.origin}${BASE_PATH}', token: '${token}' }).account.me().then(({ account }) => console.log(account.name, typeof verify));`;
  writeFileSync(file, `${head}\n${body}\n`);
  expect((await run(process.execPath, [file])).stdout).toBe('Test function\n');
});

it('a page in a browser reads and writes with it', async () => {
  const { token } = await shared.client();
  const server = createServer((request, response) => {
    const isModule = request.url!.endsWith('.js');
    response.writeHead(200, { 'content-type': isModule ? 'text/javascript' : 'text/html' });
    response.end(
      isModule ? readFileSync(join(installed, 'dist/esm', request.url!)) : '<!doctype html><title>page</title>',
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const seen = await page.evaluate(`(async () => {
      const { Nexivo } = await import('/index.js');
      const client = new Nexivo({ baseUrl: '${shared.origin}${BASE_PATH}', token: '${token}' });
      const { id } = await client.candidates.create({ first_name: 'Jane', last_name: 'Smith' });
      await client.candidates.edit(id, () => ({ city: 'Berlin' }));
      const { data, etag, quota } = await client.candidates.get(id).withResponse();
      return { city: data.city, etag, minute: quota.minute?.limit, rows: (await client.candidates.list().toArray({ limit: 5 })).length };
    })()`);
    expect(seen).toEqual({ city: 'Berlin', etag: expect.stringMatching(/^"\d+"$/), minute: 1_000_000_000, rows: 1 });
  } finally {
    await browser.close();
    server.close();
  }
});
