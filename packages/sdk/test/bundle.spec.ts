import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { build } from 'esbuild';

const source = (name: string): string => fileURLToPath(new URL(`../src/${name}`, import.meta.url));

/** What a page loads of a module, with everything that it imports. */
async function bundle(name: string, format: 'esm' | 'iife' = 'esm'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [source(name)],
    bundle: true,
    minify: true,
    format,
    globalName: 'bundled',
    target: 'es2022',
    // No module of Node can be found for it.
    platform: 'browser',
    write: false,
  });
  return outputFiles[0]!.text;
}

it.each([
  ['index.ts', 6_144],
  ['webhooks.ts', 1_228],
])('%s takes at most %i bytes, compressed', async (name, bytes) => {
  expect(gzipSync(await bundle(name)).length).toBeLessThanOrEqual(bytes);
});

it('a client works with the globals of a browser, Deno or a Worker alone', async () => {
  const asked: string[] = [];
  const answer = (url: string): Promise<Response> => {
    asked.push(url);
    return Promise.resolve(new Response('{"id":"1"}', { headers: { etag: '"1"' } }));
  };
  const globals = {
    URL,
    URLSearchParams,
    AbortSignal,
    AbortController,
    Headers,
    Response,
    crypto,
    TextEncoder,
    TextDecoder,
    atob,
  };
  const context = createContext({ ...globals, fetch: answer, setTimeout, clearTimeout });
  const [client, webhooks] = await Promise.all([bundle('index.ts', 'iife'), bundle('webhooks.ts', 'iife')]);
  const call = `new bundled.Nexivo({ baseUrl: 'https://ats.example.com/ats/api/v1/', token: 'x' }).jobs.get('1')`;
  expect(await runInContext(`${client}\n${call}`, context)).toEqual({ id: '1' });
  expect(asked).toEqual(['https://ats.example.com/ats/api/v1/jobs/1']);
  expect(runInContext(`${webhooks}\ntypeof bundled.verify`, context)).toBe('function');
  expect(runInContext('typeof process + typeof require + typeof Buffer', context)).toBe('undefinedundefinedundefined');
});
