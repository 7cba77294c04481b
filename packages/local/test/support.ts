import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../src/free-port.js';
import { commandLineOf } from '../src/process-table.js';
import { serviceNames, sourceLoader } from '../src/services.js';
import { waitFor } from '../src/wait.js';
import { emptyDataDir } from '../src/data-dir.js';
import { removeOutsideDirectory } from '../src/cluster-place.js';

/** Without fsync a test's Postgres starts and stops faster; nobody pulls the plug on it. */
export const quickSettings = { fsync: 'off' };

/** Most of it is Postgres' initdb, which takes half a minute beside other work. */
const START_WITHIN_MS = 120_000;

const fixtures = join(import.meta.dirname, 'fixtures');
const temporary: string[] = [];

/** A new directory, with a space in its path because paths have them. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'nexivo local '));
  temporary.push(directory);
  return directory;
}

/** Deletes all temporary directories, and what their stacks put elsewhere. */
export function removeTemporaryDirectories(): void {
  for (const directory of temporary.splice(0)) {
    removeOutsideDirectory(directory);
    emptyDataDir(directory);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A directory of fake services that start at once. */
export function fakeApps(): string {
  const apps = temporaryDirectory();
  for (const name of serviceNames) {
    mkdirSync(join(apps, name, 'dist'), { recursive: true });
    copyFileSync(join(fixtures, 'service.mjs'), join(apps, name, 'dist/main.js'));
    copyFileSync(join(fixtures, 'migrate.mjs'), join(apps, name, 'dist/migrate.js'));
  }
  mkdirSync(join(apps, 'admin/dist'), { recursive: true });
  copyFileSync(join(fixtures, 'admin.mjs'), join(apps, 'admin/dist/main.js'));
  return apps;
}

/** A stack that runs in a process of its own. */
export interface StartedProcess {
  child: ChildProcess;
  dataDir: string;
  port: number;
  /** Everything it printed so far. */
  output: () => string;
  /** Resolves with its exit code. */
  exited: Promise<number | null>;
  ready: () => Promise<void>;
}

/** Starts a stack the way `npm start` does. */
export async function startProcess(
  dataDir: string,
  options: { appsDir: string; port?: number; args?: string[]; env?: Record<string, string> },
): Promise<StartedProcess> {
  const port = options.port ?? (await freePort());
  const env = {
    PATH: process.env['PATH'],
    DATA_DIR: dataDir,
    PORT: String(port),
    APPS_DIR: options.appsDir,
    ...options.env,
  };
  const child = spawn(process.execPath, [...sourceLoader, join(fixtures, 'start.mjs'), ...(options.args ?? [])], {
    env,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code));
  });
  return {
    child,
    dataDir,
    port,
    output: () => output,
    exited,
    ready: () =>
      waitFor(
        'the start',
        () => (output.includes('is ready') ? Promise.resolve() : Promise.reject(new Error(`it printed: ${output}`))),
        { timeoutMs: START_WITHIN_MS },
      ),
  };
}

/** Command lines of the processes that mention a path, Postgres's backends included: they run in it. */
export function processesMentioning(path: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .map((entry) => `${commandLineOf(Number(entry))} ${environOf(entry)}`)
    .filter((text) => text.includes(path));
}

function environOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}
