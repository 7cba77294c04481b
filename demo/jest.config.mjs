import preset from '../jest.preset.mjs';

export default {
  ...preset,
  globalSetup: '@nexivo/testing/global-setup',
  globalTeardown: '@nexivo/testing/global-teardown',
};
