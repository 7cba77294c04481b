import preset from '../../jest.preset.mjs';

export default {
  ...preset,
  globalSetup: '<rootDir>/../../packages/testing/src/global-setup.ts',
  globalTeardown: '<rootDir>/../../packages/testing/src/global-teardown.ts',
};
