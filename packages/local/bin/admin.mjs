/** `npm run admin -- …`: the operator's program, connected to the stack that runs here unless NATS_URL names another. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '../../..');
const dataDir = resolve(process.env.DATA_DIR || join(root, '.data'));
const loader = pathToFileURL(join(root, 'source-loader.mjs')).href;
const program = join(root, 'apps/admin/src/main.ts');

/** @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(2);
}

if (!process.env.NATS_URL && !process.env.NATS_URL_FILE) {
  const file = join(dataDir, 'env/admin.env');
  const shown = relative(process.cwd(), dataDir) || '.';
  if (!existsSync(file)) fail(`no running stack found in ${shown}; start one with npm start or set NATS_URL`);
  // What is set here of another NATS, even if it is empty, would win over the file.
  for (const name of Object.keys(process.env)) if (name.startsWith('NATS_')) delete process.env[name];
  process.loadEnvFile(file);
}

const args = ['--import', loader, program, ...process.argv.slice(2)];
const { status, error } = spawnSync(process.execPath, args, { stdio: 'inherit' });
if (error) fail(error.message);
process.exit(status ?? 1);
