import preset from '../jest.preset.mjs';

// Most files start a whole stack of processes, beside the one that the others share: more at a time no small machine can carry.
export default { ...preset, maxWorkers: 1 };
