import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { codeOf, StackError } from './stack-error.js';

/**
 * Below the ranges from which Linux (32768 up) and macOS (49152 up) take the local ports of outgoing connections. A port from
 * those ranges could be lost to any client connection between being chosen and being listened on.
 */
const lowestPort = 20_000;
const highestPort = 32_000;

const handedOut = new Set<number>();

/** A TCP port on 127.0.0.1 that nobody listens on and that this process has not handed out before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowestPort, highestPort);
    if (handedOut.has(port)) continue;
    if ((await tryListen(port, '127.0.0.1')) === undefined) {
      handedOut.add(port);
      return port;
    }
  }
}

/** Throws a StackError when a server could not listen on the port, on every interface or on the loopback alone. */
export async function assertPortFree(port: number): Promise<void> {
  for (const host of ['::', '0.0.0.0', '127.0.0.1']) {
    const code = await tryListen(port, host);
    if (code === 'EADDRINUSE') {
      throw new StackError(`port ${port} is already in use; stop what listens there or choose another with PORT=…`);
    }
    if (code === 'EACCES') throw new StackError(`this user may not listen on port ${port}; choose another with PORT=…`);
  }
}

/** The error code of listening there, or undefined when it worked. */
function tryListen(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(codeOf(error) ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
