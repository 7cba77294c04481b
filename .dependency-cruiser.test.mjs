import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, it } from 'node:test';
import rules from './.dependency-cruiser.mjs';

/** A tree of its own, in which every file is a probe: nothing is written among the sources. */
const tree = mkdtempSync(join(tmpdir(), 'import-rules-'));
after(() => rmSync(tree, { recursive: true }));

const gateway = 'apps/gateway/src';
const service = 'apps/webhooks/src';
const migration = `${service}/migrations/1-create.ts`;
const nats = 'node_modules/@nats-io/nats-core/index.js';

/** Imports that break a rule: the rule, the file that imports and what it imports. */
const forbidden = [
  ['apps-never-import-apps', 'apps/jobs/src/probe.ts', 'apps/candidates/src/target.ts'],
  ['packages-never-import-apps', 'packages/events/src/probe.ts', 'apps/candidates/src/target.ts'],
  ['the-product-never-imports-its-demo', 'packages/events/src/probe-demo.ts', 'demo/src/target.ts'],
  ['contracts-imports-only-zod', 'packages/contracts/src/probe.ts', 'packages/events/src/target.ts'],
  ['the-sdk-imports-nothing', 'packages/sdk/src/probe.ts', 'packages/contracts/src/target.ts'],
  ['the-sdk-imports-nothing', 'packages/sdk/src/probe-cli.ts', 'packages/sdk/src/cli/target.ts'],
  [
    'the-command-line-imports-only-node-and-the-sdk',
    'packages/sdk/src/cli/probe.ts',
    'packages/contracts/src/target.ts',
  ],
  ['mcp-knows-the-product-by-the-sdk-alone', 'packages/mcp/src/probe.ts', 'packages/contracts/src/target.ts'],
  ['nats-client-only-in-the-bus-packages', 'apps/jobs/src/probe-nats.ts', nats],
  ['source-never-imports-test-code', 'apps/jobs/src/probe-test.ts', 'apps/jobs/test/target.ts'],
  ['no-imports-from-migrations', `${service}/app.module.ts`, migration],
  ['no-imports-from-migrations', 'apps/webhooks/test/probe.ts', migration],
  ['migrations-import-only-versioned-helpers', migration, `${service}/consumers.ts`],
  ['gateway-openapi-only-imports-from-below', `${gateway}/openapi/probe.ts`, `${gateway}/routes.ts`],
  ['gateway-http-only-imports-from-below', `${gateway}/http/probe.ts`, `${gateway}/openapi/a.ts`],
  ['gateway-auth-only-imports-from-below', `${gateway}/auth/probe.ts`, `${gateway}/http/a.ts`],
  ['gateway-accounts-only-imports-from-below', `${gateway}/accounts/probe.ts`, `${gateway}/auth/a.ts`],
  ['gateway-has-no-other-folders', `${gateway}/probe-folder.ts`, `${gateway}/attic/a.ts`],
  [
    'webhooks-worker-and-deliveries-only-imports-from-below',
    `${service}/worker/probe.ts`,
    `${service}/deliveries/a.ts`,
  ],
  ['webhooks-worker-and-deliveries-only-imports-from-below', `${service}/deliveries/probe.ts`, `${service}/env.ts`],
  ['webhooks-events-only-imports-from-below', `${service}/events/probe.ts`, `${service}/deliveries/a.ts`],
  ['webhooks-endpoints-only-imports-from-below', `${service}/endpoints/probe.ts`, `${service}/events/a.ts`],
  ['webhooks-queue-only-imports-from-below', `${service}/queue/probe.ts`, `${service}/endpoints/a.ts`],
  ['webhooks-sender-only-imports-from-below', `${service}/sender/probe.ts`, `${service}/queue/a.ts`],
  ['webhooks-has-no-other-folders', `${service}/probe-folder.ts`, `${service}/attic/a.ts`],
  ['webhooks-worker-is-known-to-app-module-only', `${service}/webhooks.controller.ts`, `${service}/worker/a.ts`],
  ['no-cycles', 'packages/search/src/probe.ts', 'packages/search/src/probe.ts'],
  ['no-unresolvable', 'packages/search/src/probe-missing.ts', 'packages/search/src/missing.ts'],
];

const allowed = [
  ['packages/events/src/probe-nats.ts', nats],
  [`${service}/database.ts`, migration],
  [migration, 'packages/store/src/a.table.ts'],
  [`${gateway}/routes.ts`, `${gateway}/openapi/a.ts`],
  [`${gateway}/http/probe.ts`, `${gateway}/auth/a.ts`],
  [`${gateway}/auth/probe.ts`, `${gateway}/accounts/a.ts`],
  [`${service}/main.ts`, `${service}/endpoints/a.ts`],
  [`${service}/app.module.ts`, `${service}/worker/a.ts`],
  [`${service}/worker/probe.ts`, `${service}/worker/a.ts`],
  [`${service}/worker/probe.ts`, `${service}/sender/a.ts`],
  [`${service}/deliveries/probe.ts`, `${service}/events/a.ts`],
  [`${service}/events/probe.ts`, `${service}/consumers.ts`],
  [`${service}/endpoints/probe.ts`, `${service}/queue/a.ts`],
  [`${service}/queue/probe.ts`, `${service}/sender/a.ts`],
];

function write(file, text) {
  const path = join(tree, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: 'a' });
}

/** The rules that depcruise finds broken, as `rule: file`. */
function brokenRules() {
  const imports = [...forbidden.map(([, ...pair]) => pair), ...allowed];
  for (const [from, to] of imports) {
    const path = relative(dirname(from), to).replace(/\.ts$/, '.js');
    write(from, `import '${path.startsWith('.') ? path : `./${path}`}';\n`);
    if (!to.includes('missing')) write(to, '');
  }
  const config = join(import.meta.dirname, '.dependency-cruiser.mjs');
  const depcruise = join(import.meta.dirname, 'node_modules/.bin/depcruise');
  const args = ['apps', 'packages', '--config', config, '--output-type', 'json'];
  const { stdout, stderr } = spawnSync(depcruise, args, { cwd: tree, encoding: 'utf8' });
  assert.ok(stdout, stderr);
  return JSON.parse(stdout).summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
}

void it('every import rule refuses what breaks it, and nothing else', () => {
  assert.deepEqual(new Set(forbidden.map(([rule]) => rule)), new Set(rules.forbidden.map(({ name }) => name)));
  const expected = forbidden.map(([rule, from]) => `${rule}: ${from}`);
  assert.deepEqual(brokenRules().toSorted(), expected.toSorted());
});
