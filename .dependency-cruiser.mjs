/** The import rules of ARCHITECTURE.md, checked in CI. */
const natsOwners = ['^packages/(bus|events|testing)/', '/test/'];
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
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    // An import by a package's name leads to its dist/: excluded, it would escape every rule.
    doNotFollow: { path: ['node_modules', '(^|/)dist/'] },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
