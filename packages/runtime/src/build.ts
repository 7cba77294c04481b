import { createRequire } from 'node:module';
import type { Build } from './metrics.js';

/** All workspaces have one version. */
const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** @param commit that the program was built from, if anybody knows */
export const buildOf = (commit: string | undefined): Build => ({ version, commit: commit ?? 'unknown' });
