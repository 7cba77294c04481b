import { swcOptions } from './source-loader.mjs';

/**
 * The one jest configuration: native ESM, TypeScript as SWC compiles it, other workspaces read from their sources.
 * A workspace's jest.config.mjs spreads it and adds only what is its own.
 */
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['development', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.spec.ts', '<rootDir>/src/**/*.spec.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['@swc/jest', swcOptions] },
  testTimeout: 30_000,
};
