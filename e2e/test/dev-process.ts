import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { freePort } from '@nexivo/local/free-port';
import { repositoryRoot } from '@nexivo/local/paths';
import { reachableDirectoryFor } from '@nexivo/local/unprivileged';

/** `npm run dev` in a copy of the repository, whose sources can be changed. */
export interface DevProcess {
  origin: string;
  dataDir: string;
  /** Everything it has printed so far. */
  output(): string;
  /** A source as it is now. */
  read(file: string): string;
  /** Makes a new source. */
  create(file: string, text: string): void;
  /** Replaces a text of a source by another; it must be there. */
  change(file: string, from: string, to: string): void;
  /** The processes of the stack that belong neither to the service nor to a check of types: their pids by command line. */
  pidsBeside(service: string): Record<string, string>;
  /** Ends it as Ctrl-C does, and resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Every process that runs out of the copy or on its data, by its command line. */
  processes(): string[];
  remove(): Promise<void>;
}

/** Starts `npm run dev`; it is up when it says so in its output. */
export async function startDev(...args: string[]): Promise<DevProcess> {
  const copy = copyRepository();
  const dataDir = join(copy, '.data');
  const port = await freePort();
  const child = spawn('npm', ['run', 'dev', '--', ...args], {
    cwd: copy,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: String(port) },
    // As at a terminal: a group of its own gets what Ctrl-C sends.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const processes = (): string[] =>
    execFileSync('ps', ['-ww', '-eo', 'pid=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(copy) || line.includes(outside));
  const outside = reachableDirectoryFor(dataDir);
  const read = (file: string): string => readFileSync(join(copy, file), 'utf8');
  const stop = (): Promise<number | null> => signalled(child, 'SIGINT', ended);
  return {
    origin: `http://127.0.0.1:${port}`,
    dataDir,
    output: () => output,
    read,
    create: (file, text) => writeFileSync(join(copy, file), text),
    change: (file, from, to) => {
      const text = read(file);
      if (!text.includes(from)) throw new Error(`${file} has no "${from}"`);
      writeFileSync(
        join(copy, file),
        text.replace(from, () => to),
      );
    },
    pidsBeside: (service) => {
      const others = processes().filter((line) => !line.includes(`apps/${service}/`) && !line.includes('/tsc'));
      return Object.fromEntries(others.map((line) => [line.replace(/^\s*\d+ /, ''), /\d+/.exec(line)![0]]));
    },
    stop,
    processes,
    remove: async () => {
      await stop();
      removeOutsideDirectory(dataDir);
      rmSync(copy, { recursive: true, force: true });
    },
  };
}

function signalled<Ended>(child: ChildProcess, signal: NodeJS.Signals, ended: Promise<Ended>): Promise<Ended> {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, signal);
  return ended;
}

/** The files that git knows or would take, with the installed packages by links, and the workspaces' links into the copy. */
function copyRepository(): string {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), 'nexivo-dev-')));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  for (const file of new Set(listed.split('\0').filter(Boolean))) {
    const source = join(repositoryRoot, file);
    if (!existsSync(source)) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(source, join(copy, file));
  }
  const installed = join(repositoryRoot, 'node_modules');
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(installed).filter((entry) => entry !== '.cache' && entry !== '@nexivo')) {
    symlinkSync(join(installed, name), join(copy, 'node_modules', name));
  }
  // Relative links: in the copy they lead to its own workspaces.
  cpSync(join(installed, '@nexivo'), join(copy, 'node_modules/@nexivo'), { recursive: true, verbatimSymlinks: true });
  for (const place of ['apps', 'packages']) {
    for (const workspace of readdirSync(join(repositoryRoot, place))) {
      const own = join(repositoryRoot, place, workspace, 'node_modules');
      if (existsSync(own)) symlinkSync(own, join(copy, place, workspace, 'node_modules'));
    }
  }
  return copy;
}
