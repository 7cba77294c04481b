import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { repositoryRoot } from '../src/paths.js';

interface Lockfile {
  packages: Record<string, { engines?: unknown; optional?: boolean }>;
}

/** Optional packages that hold a binary and name a Node that a host need not have. */
const BINARIES = { 'nats-server': /@eplightning\/nats-server-[^/]+$/, 'the bundler': /@rolldown\/binding-[^/]+$/ };

it.each(Object.entries(BINARIES))(
  'the lockfile holds no engines for %s, or npm under an old Node would silently not install it',
  (_name, pattern) => {
    const { packages } = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8')) as Lockfile;
    const binaries = Object.entries(packages).filter(([path]) => pattern.test(path));
    expect(binaries.length).toBeGreaterThan(0);
    for (const [path, entry] of binaries)
      expect({ path, engines: entry.engines }).toEqual({ path, engines: undefined });
  },
);
