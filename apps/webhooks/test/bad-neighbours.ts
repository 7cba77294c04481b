import type { ServerResponse } from 'node:http';
import { type Answering, type Receiver, startReceiver } from './receiver.js';

/** Ways for an endpoint to be a bad neighbour, by the path that asks for them. */
export const BAD_NEIGHBOURS = ['/hangs', '/trickles', '/endless', '/fails'] as const;

const trickle = (response: ServerResponse): void => {
  response.writeHead(200);
  const timer = setInterval(() => response.write('x'), 1_000);
  response.once('close', () => clearInterval(timer));
};

const pour = (response: ServerResponse): void => {
  const chunk = Buffer.alloc(16 * 1024, 'x');
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.writeHead(200).on('drain', more);
  more();
};

const answering: Answering = ({ path }, response) => {
  if (path === '/trickles') trickle(response);
  else if (path === '/endless') pour(response);
  else if (path === '/fails') response.writeHead(500).end('no');
  else if (path !== '/hangs') response.writeHead(204).end();
};

/** A receiver that answers well, except under the paths of {@link BAD_NEIGHBOURS}. */
export const startNeighbourhood = (): Promise<Receiver> => startReceiver(answering);
