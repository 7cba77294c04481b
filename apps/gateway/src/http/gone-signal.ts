import type { FastifyReply } from 'fastify';

/** Aborted when the client hangs up before it was answered: whoever works for it can stop. */
export function goneSignal({ raw }: Pick<FastifyReply, 'raw'>): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
