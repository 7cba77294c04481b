import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '@nexivo/local/paths';
import { machineEnv, type Programs, serviceNames } from '@nexivo/local/services';

/** The last commit of the release before this one, unless the environment names another. It moves with each release. */
const COMMIT = process.env['RELEASE_BEFORE'] ?? '9e79e7ef6cddf0181102b81c74cbdf6cced45d8a';

/** The programs of the release before, to be run beside those of this one. */
export interface ReleaseBefore {
  programs: Programs;
  remove(): void;
}

/**
 * Takes the release before out of the repository's history and builds it, with the dependencies that are installed here: those of the
 * version that it names where there are several.
 *
 * @throws if the history does not reach back so far
 */
export function takeReleaseBefore(): ReleaseBefore {
  if (spawnSync('git', ['cat-file', '-e', `${COMMIT}^{commit}`], { cwd: repositoryRoot }).status !== 0) {
    throw new Error(
      `the release before, ${COMMIT}, is not in the history of this copy of the repository: ` +
        'get it by git fetch --unshallow, or name another commit in RELEASE_BEFORE',
    );
  }
  const directory = mkdtempSync(join(tmpdir(), 'nexivo-release-before-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    const archive = execFileSync('git', ['archive', COMMIT], { cwd: repositoryRoot, maxBuffer: 2 ** 30 });
    execFileSync('tar', ['-x', '-C', directory], { input: archive });
    linkDependencies(directory);
    build(directory);
  } catch (error) {
    remove();
    throw error;
  }
  return { programs: { appsDir: join(directory, 'apps') }, remove };
}

function build(directory: string): void {
  const bin = join(repositoryRoot, 'node_modules/.bin');
  const services = serviceNames.map((service) => `--filter=@nexivo/${service}`);
  execFileSync(join(bin, 'turbo'), ['run', 'build', ...services, '--output-logs=errors-only'], {
    cwd: directory,
    env: { ...machineEnv(), PATH: `${bin}:${process.env['PATH']}`, TURBO_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}
const manifestIn = (directory: string): Manifest =>
  JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;

/** Workspaces of a copy of the repository. */
function workspacesOf(root: string): string[] {
  const all = ['apps', 'packages'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name)),
  );
  return all.filter((directory) => existsSync(join(directory, 'package.json')));
}

/** Everything that is installed, but its own workspaces under their names, and beside them what they want in another version. */
function linkDependencies(directory: string): void {
  const installed = join(repositoryRoot, 'node_modules');
  const modules = join(directory, 'node_modules');
  mkdirSync(join(modules, '@nexivo'), { recursive: true });
  for (const name of readdirSync(installed)) {
    if (name !== '@nexivo' && (name === '.bin' || !name.startsWith('.')))
      symlinkSync(join(installed, name), join(modules, name));
  }
  const places = [installed, ...workspacesOf(repositoryRoot).map((workspace) => join(workspace, 'node_modules'))];
  for (const workspace of workspacesOf(directory)) {
    const { name, dependencies, devDependencies } = manifestIn(workspace);
    symlinkSync(workspace, join(modules, name));
    for (const [needed, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      const found = places
        .map((place) => join(place, needed))
        .find((place) => existsSync(place) && manifestIn(place).version === version);
      if (!found || dirname(found).startsWith(installed)) continue;
      mkdirSync(dirname(join(workspace, 'node_modules', needed)), { recursive: true });
      symlinkSync(found, join(workspace, 'node_modules', needed));
    }
  }
}
