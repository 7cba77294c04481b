import { readlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { basename } from 'node:path';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Load, LoadRequest, LoadResult } from './load.js';

/** One thread that only sends requests and reads answers, so that nothing else of the bench delays what it measures. */
const load = workerData as Load;
// Priorities are a thread's own on Linux.
if (load.isBackground)
  setPriority(Number(basename(readlinkSync('/proc/thread-self'))), constants.priority.PRIORITY_LOW);
/** Before a connection that was closed is opened again. */
const REOPEN_MS = 10;
const { hostname, port, host } = new URL(load.origin);

/** A request as it goes over the wire. */
const onTheWire = ({ method = 'GET', path, headers, body }: LoadRequest): Buffer => {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  if (body !== undefined) lines.push(`content-length: ${Buffer.byteLength(body)}`);
  return Buffer.from([`${method} ${path} HTTP/1.1`, `host: ${host}`, ...lines, '', body ?? ''].join('\r\n'));
};

const messages = load.inTurn.map(onTheWire);
const latencies: number[] = [];
const failures: Record<string, number> = {};
let failed = 0;
let sent = 0;
let isOver = false;

function countFailure(kind: string): void {
  failures[kind] = (failures[kind] ?? 0) + 1;
  failed += 1;
}

/** A keep-alive connection that carries one request at a time. */
class Connection {
  private socket = this.open();
  private received: Buffer = Buffer.alloc(0);
  /** Of the answer that is being received, once its head is there. */
  private wanted = 0;
  private since = 0;
  private request: LoadRequest | undefined;

  constructor(private readonly onIdle: (connection: Connection) => void) {}

  private open(): Socket {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.on('connect', () => this.onIdle(this));
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('error', (error) => {
      if (!load.mayFail) fail(error);
    });
    socket.on('close', () => {
      if (isOver) return;
      if (!load.mayFail) fail(new Error('the server closed a connection'));
      this.reopen();
    });
    return socket;
  }

  /** An idle connection that was closed is no failure. */
  private reopen(): void {
    if (this.request !== undefined) countFailure('closed');
    this.reset();
    idle.delete(this);
    setTimeout(() => {
      if (!isOver) this.socket = this.open();
    }, REOPEN_MS);
  }

  /** @param since when the request was due: a wait for a free connection is latency as well */
  send(since: number): void {
    const turn = sent++ % messages.length;
    this.since = since;
    this.request = load.inTurn[turn]!;
    this.socket.write(messages[turn]!);
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    if (this.wanted === 0) {
      const headEnd = this.received.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const head = this.received.toString('latin1', 0, headEnd);
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      if (length === undefined) throw new Error(`an answer without content-length:\n${head}`);
      this.wanted = headEnd + 4 + Number(length);
    }
    if (this.received.length >= this.wanted) this.finish();
  }

  private finish(): void {
    const { method = 'GET', path, status } = this.request!;
    const answered = this.received.toString('latin1', 9, 12);
    if (answered === String(status)) latencies.push(performance.now() - this.since);
    else if (load.mayFail) countFailure(answered);
    else throw new Error(`${method} ${path}: ${status} expected, got\n${this.received.toString('utf8', 0, 2_000)}`);
    this.reset();
    this.onIdle(this);
  }

  private reset(): void {
    this.received = Buffer.alloc(0);
    this.wanted = 0;
    this.request = undefined;
  }
}

function fail(error: unknown): never {
  throw error instanceof Error ? error : new Error(String(error));
}

/** Connections without a request, of a load at a rate. */
const idle = new Set<Connection>();

/** Closed loop: every connection sends its next request when it has its answer. */
function flatOut(startedAt: number): Connection[] {
  return connections((connection) => {
    if (mayGoOn(startedAt)) connection.send(performance.now());
  });
}

/** Open loop: requests are due at a fixed rate, whether those before them have been answered or not. */
function atRate(startedAt: number, perSecond: number): Connection[] {
  let due = 0;
  const sendDue = (): void => {
    const now = performance.now();
    for (const connection of idle) {
      if (due >= ((now - startedAt) / 1_000) * perSecond || !mayGoOn(startedAt)) return;
      idle.delete(connection);
      connection.send(startedAt + (due++ / perSecond) * 1_000);
    }
  };
  const timer = setInterval(() => (isOver ? clearInterval(timer) : sendDue()), 1);
  return connections((connection) => {
    idle.add(connection);
    sendDue();
  });
}

function connections(onIdle: (connection: Connection) => void): Connection[] {
  return Array.from({ length: load.connections }, () => new Connection(onIdle));
}

const mayGoOn = (startedAt: number): boolean =>
  sent < (load.requests ?? Infinity) && performance.now() - startedAt < (load.seconds ?? Infinity) * 1_000;

const startedAt = performance.now();
const all = load.perSecond === undefined ? flatOut(startedAt) : atRate(startedAt, load.perSecond);
const watch = setInterval(() => {
  if (mayGoOn(startedAt) || latencies.length + failed < sent) return;
  clearInterval(watch);
  isOver = true;
  for (const connection of all) connection.close();
  const seconds = (performance.now() - startedAt) / 1_000;
  const sorted = Float64Array.from(latencies).toSorted();
  const percentile = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;
  const result: LoadResult = {
    requests: latencies.length,
    failures,
    seconds,
    p50: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
    latencies: sorted,
  };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
  parentPort!.postMessage(result);
}, 5);
