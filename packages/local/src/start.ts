import { relative, resolve } from 'node:path';
import { seedDemo } from './demo.js';
import { repositoryRoot } from './paths.js';
import { type Env, operatorNatsEnv, type Programs } from './services.js';
import { type Stack, type StackOptions, startStack } from './stack.js';
import { StackError } from './stack-error.js';

/** What the command line of `npm start` says; the rest comes from the environment. */
export interface StartOptions extends Programs, Pick<StackOptions, 'inspectAt'> {
  fresh: boolean;
  dev: boolean;
  /** Aborted when it is time to stop. */
  signal: AbortSignal;
  /** Goes on beside the stack until the signal; the stack is stopped when it has returned. */
  beside?: (stack: Stack, signal: AbortSignal) => Promise<void>;
}

/** Runs a stack for a person at a terminal: says what happens, and returns when everything is stopped again. */
export async function runStart({ fresh, dev, signal, beside = untilStopped, ...rest }: StartOptions): Promise<void> {
  const startedAt = performance.now();
  const dataDir = resolve(process.env['DATA_DIR'] || `${repositoryRoot}/.data`);
  const stack = await startStack({
    dataDir,
    port: portFrom(process.env['PORT']),
    fresh,
    databaseUrl: process.env['DATABASE_URL'],
    natsUrl: process.env['NATS_URL'],
    natsEnv: operatorNatsEnv(),
    env: dev ? devEnv : {},
    ...rest,
    signal,
    onStep: (step, ms) => console.log(`✓ ${step} (${seconds(ms)})`),
    onProgress: (line) => console.log(`  ${line}`),
    onTrouble: (line) => console.error(`! ${line}; see ${shown(dataDir)}/logs`),
  });
  try {
    const demo = await seedDemo(stack, rest, signal);
    console.log(`
  NexivoHR is ready (${seconds(performance.now() - startedAt)})

  Pages    ${new URL('/', stack.baseUrl).href}
  Sign in  ${demo.owner.email} / ${demo.owner.password}   (owner of the account "Demo")
  API      ${stack.baseUrl}
  Docs     ${stack.docsUrl}
  Token    ${demo.token}   (account "Demo", all scopes)
  Logs     ${shown(dataDir)}/logs/*.log${debuggers(rest.inspectAt)}

  Ctrl-C stops it.
`);
    await beside(stack, signal);
    console.log('Stopping …');
  } finally {
    await stack.stop();
  }
  console.log('✓ stopped');
}

async function untilStopped(_stack: Stack, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((stop) => signal.addEventListener('abort', stop, { once: true }));
}

function debuggers(inspectAt: StackOptions['inspectAt'] = {}): string {
  return Object.entries(inspectAt)
    .map(([service, address]) => `\n  Debug  ${service} at ${address}`)
    .join('');
}

/** On a developer's machine webhook receivers are on localhost, which the service otherwise refuses to call. */
const devEnv: Env = { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' };

function portFrom(text: string | undefined): number {
  const port = text ? Number(text) : 3000;
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new StackError(`PORT must be 1 to 65535, not "${text}"`);
  return port;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Relative where that is shorter to read. */
function shown(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere === '' || fromHere.startsWith('..') ? path : fromHere;
}
