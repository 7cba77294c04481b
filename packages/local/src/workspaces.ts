import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot } from './paths.js';
import { serviceNames, type ServiceName } from './services.js';

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
}

/** By directory, relative to the root. */
function readWorkspaces(root: string): Map<string, Manifest> {
  const files = globSync(['apps/*/package.json', 'packages/*/package.json'], { cwd: root });
  return new Map(files.map((file) => [dirname(file), JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest]));
}

/**
 * The services that run the code in a file: that of its workspace, and those that depend on it, over however many packages.
 *
 * @param file relative to the root
 */
export function servicesConcernedBy(file: string, root: string = repositoryRoot): ServiceName[] {
  const [place, workspace, directory] = file.split('/');
  if (directory !== 'src' || file.endsWith('.spec.ts')) return [];
  const workspaces = readWorkspaces(root);
  const changed = workspaces.get(`${place}/${workspace}`)?.name;
  const byName = new Map([...workspaces.values()].map((manifest) => [manifest.name, manifest]));
  const reaches = (name: string): boolean =>
    name === changed || Object.keys(byName.get(name)?.dependencies ?? {}).some(reaches);
  return serviceNames.filter((service) => {
    const name = workspaces.get(`apps/${service}`)?.name;
    return name !== undefined && reaches(name);
  });
}
