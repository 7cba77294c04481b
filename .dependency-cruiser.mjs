/** The import rules of ARCHITECTURE.md, checked in CI. */
const natsOwners = ['^packages/(bus|events|testing)/', '/test/'];

/**
 * The layers of a service: the folders of its src, from the top down. A folder imports from itself and from the lines below its own.
 * Of the files beside the folders it imports none but the `ground`.
 */
const services = {
  gateway: { layers: [['openapi'], ['http'], ['auth'], ['accounts']], ground: [] },
  webhooks: {
    layers: [['worker', 'deliveries'], ['events'], ['endpoints'], ['queue'], ['sender']],
    ground: ['consumers.ts'],
  },
};

const layerRules = Object.entries(services).flatMap(([service, { layers, ground }]) => {
  const src = `^apps/${service}/src/`;
  return [
    ...layers.map((line, index) => {
      const below = layers.slice(index + 1).flat();
      const known = ['$1/', ...below.map((folder) => `${folder}/`), ...ground];
      return {
        name: `${service}-${line.join('-and-')}-only-imports-from-below`,
        severity: 'error',
        from: { path: `${src}(${line.join('|')})/` },
        to: { path: src, pathNot: `${src}(${known.join('|')})` },
      };
    }),
    {
      name: `${service}-has-no-other-folders`,
      severity: 'error',
      from: { path: src },
      to: { path: `${src}[^/]+/`, pathNot: `${src}(${[...layers.flat(), 'migrations'].join('|')})/` },
    },
  ];
});

export default {
  forbidden: [
    {
      name: 'apps-never-import-apps',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    { name: 'packages-never-import-apps', severity: 'error', from: { path: '^packages/' }, to: { path: '^apps/' } },
    {
      name: 'the-product-never-imports-its-demo',
      severity: 'error',
      from: { path: '^(apps|packages)/' },
      to: { path: '^demo/' },
    },
    {
      name: 'contracts-imports-only-zod',
      severity: 'error',
      from: { path: '^packages/contracts/src' },
      to: { pathNot: ['^packages/contracts/', '^node_modules/zod/'] },
    },
    {
      // What customers install: it has nothing of the house, and nothing of anybody else's.
      name: 'the-sdk-imports-nothing',
      severity: 'error',
      from: { path: '^packages/sdk/src/', pathNot: '^packages/sdk/src/cli/' },
      to: { pathNot: '^packages/sdk/src/(?!cli/)' },
    },
    {
      name: 'the-command-line-imports-only-node-and-the-sdk',
      severity: 'error',
      from: { path: '^packages/sdk/src/cli/' },
      to: { pathNot: '^packages/sdk/src/', dependencyTypesNot: ['core'] },
    },
    {
      // It knows the API as any client does.
      name: 'mcp-knows-the-product-by-the-sdk-alone',
      severity: 'error',
      from: { path: '^packages/mcp/src/' },
      to: { path: '^(packages|apps|demo)/', pathNot: '^packages/(mcp|sdk)/' },
    },
    {
      name: 'nats-client-only-in-the-bus-packages',
      severity: 'error',
      from: { path: '^(apps|packages|demo|e2e)/', pathNot: natsOwners },
      to: { path: '^node_modules/@nats-io/' },
    },
    {
      name: 'source-never-imports-test-code',
      severity: 'error',
      from: { path: '^((apps|packages)/[^/]+|demo)/src/' },
      to: { path: '(^packages/testing/|/test/)', pathNot: '^packages/testing/' },
    },
    {
      name: 'no-imports-from-migrations',
      severity: 'error',
      from: { pathNot: '^apps/[^/]+/src/database\\.ts$' },
      to: { path: '^apps/[^/]+/src/migrations/' },
    },
    {
      // Whatever else they import changes one day, and what they did with it.
      name: 'migrations-import-only-versioned-helpers',
      severity: 'error',
      from: { path: '^apps/[^/]+/src/migrations/' },
      to: { pathNot: ['^node_modules/typeorm/', '^packages/[^/]+/(src|dist)/[^/]+\\.table\\.'] },
    },
    ...layerRules,
    {
      name: 'webhooks-worker-is-known-to-app-module-only',
      severity: 'error',
      from: { path: '^apps/webhooks/src/', pathNot: '^apps/webhooks/src/(worker/|app\\.module\\.ts$)' },
      to: { path: '^apps/webhooks/src/worker/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '(^|/)dist/' } },
  ],
  options: {
    // Not excluded: an import of what another workspace has built is one of that workspace.
    doNotFollow: { path: ['node_modules', '(^|/)dist/'] },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['development', '@nexivo/source', 'import', 'node', 'default', 'types'],
    },
  },
};
