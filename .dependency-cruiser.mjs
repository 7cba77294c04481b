/** The import rules of ARCHITECTURE.md, checked in CI. */
const natsOwners = ['^packages/(service|events|testing)/', '/test/'];

/**
 * The rooms of a service: the folders of its src, from the top down. A room imports from itself and from the lines below its own.
 * Of the files beside the rooms it imports none but the `ground`.
 */
const services = {
  webhooks: {
    rooms: [['worker', 'deliveries'], ['events'], ['endpoints'], ['queue'], ['sender']],
    ground: ['consumers.ts'],
  },
};

const roomRules = Object.entries(services).flatMap(([service, { rooms, ground }]) => {
  const src = `^apps/${service}/src/`;
  return [
    ...rooms.map((line, index) => {
      const below = rooms.slice(index + 1).flat();
      const known = ['$1/', ...below.map((room) => `${room}/`), ...ground];
      return {
        name: `${service}-${line.join('-and-')}-only-imports-from-below`,
        severity: 'error',
        from: { path: `${src}(${line.join('|')})/` },
        to: { path: src, pathNot: `${src}(${known.join('|')})` },
      };
    }),
    {
      name: `${service}-has-no-other-rooms`,
      severity: 'error',
      from: { path: src },
      to: { path: `${src}[^/]+/`, pathNot: `${src}(${[...rooms.flat(), 'migrations'].join('|')})/` },
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
      name: 'contracts-imports-only-zod',
      severity: 'error',
      from: { path: '^packages/contracts/src' },
      to: { pathNot: ['^packages/contracts/', '^node_modules/zod/'] },
    },
    {
      name: 'nats-client-only-in-the-bus-packages',
      severity: 'error',
      from: { path: '^(apps|packages|e2e)/', pathNot: natsOwners },
      to: { path: '^node_modules/@nats-io/' },
    },
    {
      name: 'source-never-imports-test-code',
      severity: 'error',
      from: { path: '^(apps|packages)/[^/]+/src/' },
      to: { path: '(^packages/testing/|/test/)', pathNot: '^packages/testing/' },
    },
    {
      name: 'no-imports-from-migrations',
      severity: 'error',
      from: { pathNot: '^apps/[^/]+/src/database\\.ts$' },
      to: { path: '^apps/[^/]+/src/migrations/' },
    },
    ...roomRules,
    {
      name: 'webhooks-worker-is-known-to-app-module-only',
      severity: 'error',
      from: { path: '^apps/webhooks/src/', pathNot: '^apps/webhooks/src/(worker/|app\\.module\\.ts$)' },
      to: { path: '^apps/webhooks/src/worker/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
