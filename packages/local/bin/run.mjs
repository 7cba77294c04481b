import { lifetime } from './lifetime.mjs';

/** @returns {never} */
export function exit(code, message) {
  if (message) console.error(message);
  process.exit(code);
}

/** Refuses a Node that cannot run the stack. */
export function requireNode24(command) {
  if (!globalThis.AsyncDisposableStack)
    exit(1, `Node 24 is needed, this is ${process.version}; start with: ${command}`);
}

/**
 * Runs a stack, and ends this process with it. What keeps it from starting is printed as a person can use it.
 *
 * @param {(signal: AbortSignal, onForce: (killAll: () => void) => void) => Promise<void>} work gets a signal that is aborted when
 * it is time to stop, and says how to end everything at once
 * @returns {Promise<never>}
 */
export async function runToEnd(work) {
  let killAll = () => undefined;
  const signal = lifetime(() => {
    killAll();
    exit(1, 'stopped by force');
  });
  try {
    await work(signal, (kill) => (killAll = kill));
    return exit(0);
  } catch (error) {
    if (signal.aborted) return exit(130, `stopped while starting (${signal.reason.message})`);
    return exit(1, error.name === 'StackError' ? `✗ ${error.message}` : error);
  }
}
