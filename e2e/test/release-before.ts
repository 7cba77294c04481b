import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@nexivo/local/paths';
import type { Programs } from '@nexivo/local/services';

/** The last commit of the release before this one, unless the environment names another. It moves with each release. */
const COMMIT = process.env['RELEASE_BEFORE'] ?? 'da7bbfcae4402c748f26483869e65e25f9ba0f0d';

/** The programs of the release before, to be run beside those of this one. */
export interface ReleaseBefore {
  programs: Programs;
  remove(): void;
}

/**
 * Takes the release before out of the repository's history. Its programs are run from their sources, with the dependencies that are
 * installed here.
 */
export function takeReleaseBefore(): ReleaseBefore {
  const directory = mkdtempSync(join(tmpdir(), 'nexivo-release-before-'));
  const archive = execFileSync('git', ['archive', COMMIT], { cwd: repositoryRoot, maxBuffer: 2 ** 30 });
  execFileSync('tar', ['-x', '-C', directory], { input: archive });
  linkDependencies(directory);
  return {
    programs: { appsDir: join(directory, 'apps'), fromSources: true },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Everything that is installed, but its own workspaces under their names. */
function linkDependencies(directory: string): void {
  const modules = join(directory, 'node_modules');
  mkdirSync(join(modules, '@nexivo'), { recursive: true });
  for (const name of readdirSync(join(repositoryRoot, 'node_modules'))) {
    if (name !== '@nexivo' && !name.startsWith('.'))
      symlinkSync(join(repositoryRoot, 'node_modules', name), join(modules, name));
  }
  for (const group of ['apps', 'packages']) {
    for (const workspace of readdirSync(join(directory, group))) {
      const manifest = join(directory, group, workspace, 'package.json');
      if (!existsSync(manifest)) continue;
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name: string };
      symlinkSync(join(directory, group, workspace), join(modules, name));
      const own = join(repositoryRoot, group, workspace, 'node_modules');
      if (existsSync(own)) symlinkSync(own, join(directory, group, workspace, 'node_modules'));
    }
  }
}
