/**
 * `npm start`: builds, then runs the whole stack until it is told to stop. Plain JavaScript, because it runs before the build.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { exit, requireNode24, runToEnd } from './run.mjs';

const help = `Usage: npm start -- [options]

  --fresh    begin anew: delete the data of earlier runs
  --dev      allow webhooks to http:// and to addresses inside this network
  --help     show this

Environment:
  PORT          of the API (3000)
  HOST          address of this machine where the API listens (127.0.0.1); 0.0.0.0 or :: lets others in
  DATA_DIR      where everything is stored (.data)
  DATABASE_URL  a Postgres database to use instead of the embedded Postgres
  NATS_URL      a NATS server with JetStream to use instead of the embedded one
  LOG_LEVEL, LOG_DELIVERIES, PUBLIC_URL, CONTACT_SALES_URL, CORS_ORIGINS, TRUST_PROXY,
  ALLOW_INSECURE_WEBHOOK_TARGETS, WEBHOOK_PROXY_URL, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER_ARG  go to the services
`;

const root = join(import.meta.dirname, '../../..');

function readOptions() {
  try {
    const flag = { type: 'boolean', default: false };
    return parseArgs({ options: { fresh: flag, dev: flag, help: flag } }).values;
  } catch (error) {
    return exit(2, `${error.message}\n\n${help}`);
  }
}

requireNode24('npm start');
const options = readOptions();
if (options.help) {
  console.log(help);
  exit(0);
}

await runToEnd(async (signal, onForce) => {
  const startedAt = performance.now();
  await build(root, signal);
  console.log(`✓ build (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  onForce((await import('../dist/managed-process.js')).killAllProcesses);
  const { runStart } = await import('../dist/start.js');
  await runStart({ fresh: options.fresh, dev: options.dev, signal });
});
