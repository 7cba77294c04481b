import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Debian's: the packages of `apt install python3-httpx python3-pytest python3-mypy` belong to it. */
const PYTHON = '/usr/bin/python3';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Whether this machine has what the Python library is tested with. */
export const hasPython = spawnSync(PYTHON, ['-c', 'import httpx, pytest, mypy.api'], { stdio: 'ignore' }).status === 0;

export const WITHOUT_PYTHON = 'is not tested here: apt install python3-httpx python3-pytest python3-mypy';

/** Runs a module of Python at the library's root; what it says is in the error if it fails. */
export const runModule = (args: string[], env: Record<string, string> = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const { PATH, HOME } = process.env;
    const options = { cwd: root, env: { PATH, HOME, PYTHONDONTWRITEBYTECODE: '1', ...env }, maxBuffer: 1 << 24 };
    execFile(PYTHON, ['-m', ...args], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${stdout}${stderr}`));
      else resolve(stdout);
    });
  });
