/** `npm run admin -- …`: the operator's program, connected to the stack that runs here unless NATS_URL names another. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const dataDir = resolve(process.env.DATA_DIR || join(root, '.data'));
const program = join(root, 'apps/admin/dist/main.js');

/** @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(2);
}

if (!process.env.NATS_URL) {
  const file = join(dataDir, 'env/admin.env');
  const shown = relative(process.cwd(), dataDir) || '.';
  if (!existsSync(file)) fail(`no running stack found in ${shown}; start one with npm start or set NATS_URL`);
  delete process.env.NATS_URL; // an empty one would win over the file
  process.loadEnvFile(file);
}
if (!existsSync(program)) fail('the admin program is not built; run npm run build');

const { status, error } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
if (error) fail(error.message);
process.exit(status ?? 1);
