import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { freePort } from '@nexivo/local/free-port';
import { repositoryRoot } from '@nexivo/local/paths';
import { eventually } from '@nexivo/testing/poll';

/** A stack as a person has it who types `npm start`: all that is known of it is what it prints. */
export interface TerminalStack {
  output(): string;
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>;
}

/** Runs `npm start` on a new data directory, and waits until it says that it is ready. */
export async function startAtTerminal(): Promise<TerminalStack> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nexivo-start-'));
  const child = spawn('npm', ['start'], {
    cwd: repositoryRoot,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATA_DIR: dataDir,
      PORT: String(await freePort()),
    },
    // As at a terminal: a group of its own gets what Ctrl-C sends.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise((resolve) => {
    child.once('close', resolve);
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGINT');
    await ended;
    removeOutsideDirectory(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await eventually(
      () => {
        if (child.exitCode !== null) throw new Error(`npm start ended: ${output}`);
        if (!output.includes('Ctrl-C stops it')) throw new Error(`npm start has printed so far: ${output}`);
      },
      { withinMs: 180_000 },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { output: () => output, stop };
}
