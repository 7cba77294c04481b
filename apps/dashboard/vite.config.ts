import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Older targets rewrite `light-dark()` into something that leaves cards without a background. */
const browsers = ['chrome123', 'firefox121', 'safari17.5'];

export default defineConfig({
  plugins: [react(), precompress()],
  // The gateway puts a fresh one in for each page.
  html: { cspNonce: '__NONCE__' },
  // Scripts and styles name one another from where they are: the path in front is known to the gateway alone, which puts it into the page.
  experimental: { renderBuiltUrl: (_file, { hostType }) => (hostType === 'html' ? undefined : { relative: true }) },
  build: { target: browsers, cssTarget: browsers, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { port: 5173, proxy: { '/ats': 'http://localhost:3000', '/docs': 'http://localhost:3000' } },
});

/** Writes each asset compressed beside itself. Browsers take brotli over https and from localhost only: hence gzip, too. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    async writeBundle({ dir }) {
      const assets = join(dir!, 'assets');
      const names = (await readdir(assets)).filter((name) => /\.(js|css|svg)$/.test(name));
      await Promise.all(names.map((name) => compress(join(assets, name))));
    },
  };
}

async function compress(file: string): Promise<void> {
  const content = await readFile(file);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content, { params }));
  await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
}
