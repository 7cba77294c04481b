import { swcOptions } from './source-loader.mjs';

/** How many times as long as usual everything in the tests may take, for a machine that is busy with other work too. */
const timeFactor = Number(process.env['TEST_TIME_FACTOR'] || 1);
if (!(timeFactor > 0)) throw new Error('TEST_TIME_FACTOR must be a positive number');

/**
 * The one jest configuration: native ESM, TypeScript as SWC compiles it, other workspaces read from their sources.
 * A workspace's jest.config.mjs spreads it and adds only what is its own.
 */
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['development', '@nexivo/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.spec.ts', '<rootDir>/src/**/*.spec.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['@swc/jest', swcOptions] },
  globals: { timeFactor },
  // Only what hangs comes near it.
  testTimeout: 300_000 * timeFactor,
};
