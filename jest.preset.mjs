/** How many times as long as usual everything in the tests may take, for a machine that is busy with other work too. */
const timeFactor = Number(process.env['TEST_TIME_FACTOR'] || 1);
if (!(timeFactor > 0)) throw new Error('TEST_TIME_FACTOR must be a positive number');

/**
 * The one jest configuration: native ESM, TypeScript stripped by SWC with the decorators Nest and TypeORM need.
 * A workspace's jest.config.mjs spreads it and adds only what is its own.
 */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.spec.ts', '<rootDir>/src/**/*.spec.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  globals: { timeFactor },
  // Only what hangs comes near it.
  testTimeout: 300_000 * timeFactor,
};
