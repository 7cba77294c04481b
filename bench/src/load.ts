import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Requests to send, for a time or up to a number. */
export interface Load {
  origin: string;
  path: string;
  /** The headers of each request, in turn. */
  headers: readonly Record<string, string>[];
  /** Kept open throughout, with one request at a time on each. */
  connections: number;
  /** As fast as answers come when missing. */
  perSecond?: number;
  seconds?: number;
  requests?: number;
  /** Whether its thread gives way to all others: clients whose own work must not slow what is measured beside them. */
  isBackground?: boolean;
}

/** What came of it; latencies in milliseconds. */
export interface LoadResult {
  requests: number;
  seconds: number;
  /** How many answers had which status. */
  statuses: Record<string, number>;
  p50: number;
  p95: number;
  p99: number;
  /** Of every request, in ascending order. */
  latencies: Float64Array;
}

/**
 * Sends a load from a thread of its own.
 *
 * @param status that every answer must have: a fast refusal is no measurement
 */
export async function send(load: Load, status: number): Promise<LoadResult> {
  const worker = new Worker(new URL('load.worker.js', import.meta.url), { workerData: load });
  const [result] = (await once(worker, 'message')) as [LoadResult];
  await worker.terminate();
  const { requests, statuses } = result;
  if (statuses[status] !== requests || requests === 0) {
    throw new Error(
      `${load.path}: ${status} expected from all of ${requests} requests, got ${JSON.stringify(statuses)}`,
    );
  }
  return result;
}
