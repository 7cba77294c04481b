import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** One request, and the status that its answer must have: a fast refusal is no measurement. */
export interface LoadRequest {
  /** GET when missing. */
  method?: 'GET' | 'POST' | 'PATCH';
  path: string;
  headers: Record<string, string>;
  /** JSON, as it is sent. */
  body?: string;
  status: number;
}

/** Requests to send, for a time or up to a number. */
export interface Load {
  origin: string;
  /** Sent in turn, from the first again after the last. */
  inTurn: readonly LoadRequest[];
  /** Kept open throughout, with one request at a time on each. */
  connections: number;
  /** As fast as answers come when missing. */
  perSecond?: number;
  seconds?: number;
  requests?: number;
  /** Whether answers of another status and closed connections are counted instead of ending it with an error. */
  mayFail?: boolean;
  /** Whether its thread gives way to all others: clients whose own work must not slow what is measured beside them. */
  isBackground?: boolean;
}

/** What came of it; latencies in milliseconds. */
export interface LoadResult {
  /** Answered as expected. */
  requests: number;
  /** Those that were not, by status, or `closed` where the connection ended first. */
  failures: Record<string, number>;
  seconds: number;
  p50: number;
  p95: number;
  p99: number;
  /** Of every request, in ascending order. */
  latencies: Float64Array;
}

/**
 * Sends a load from a thread of its own.
 *
 * @throws Error at the first answer of another status than its request's, unless the load may fail
 */
export async function send(load: Load): Promise<LoadResult> {
  const worker = new Worker(new URL('load.worker.js', import.meta.url), { workerData: load });
  const [result] = (await once(worker, 'message')) as [LoadResult];
  await worker.terminate();
  if (result.requests === 0 && !load.mayFail)
    throw new Error(`${load.inTurn[0]?.path}: no request was answered in time`);
  return result;
}
