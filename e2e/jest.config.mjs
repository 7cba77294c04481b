import preset from '../jest.preset.mjs';

// Each file starts a whole stack of processes: one at a time is all that a small machine can carry.
export default { ...preset, maxWorkers: 1 };
