/** Starts tracing as the environment says, and prints which packages of OpenTelemetry were loaded for it. */
import { registerHooks } from 'node:module';
import { createLogger } from '../src/logging.js';

const loaded = new Set<string>();
registerHooks({
  resolve(specifier, context, nextResolve) {
    const [name] = /^@opentelemetry\/[^/]+/.exec(specifier) ?? [];
    if (name) loaded.add(name);
    return nextResolve(specifier, context);
  },
});
const { readEnv, traceEnv } = await import('../src/env.js');
await import('../src/start.js');
const { startTracing } = await import('../src/tracing.js');
const stop = await startTracing('jobs', readEnv(traceEnv), createLogger('jobs', 'silent'));
await stop();
process.stdout.write(JSON.stringify([...loaded].toSorted()));
