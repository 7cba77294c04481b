import { readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { basename } from 'node:path';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
/** One thread that only sends requests and reads answers, so that nothing else of the bench delays what it measures. */
const load = workerData;
// Priorities are a thread's own on Linux.
if (load.isBackground)
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), constants.priority.PRIORITY_LOW);
const { hostname, port, host } = new URL(load.origin);
/** A request as it goes over the wire. */
const onTheWire = ({ method = 'GET', path, headers, body }) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    if (body !== undefined)
        lines.push(`content-length: ${Buffer.byteLength(body)}`);
    return Buffer.from([`${method} ${path} HTTP/1.1`, `host: ${host}`, ...lines, '', body ?? ''].join('\r\n'));
};
const messages = load.inTurn.map(onTheWire);
const latencies = [];
let sent = 0;
let isOver = false;
/** A keep-alive connection that carries one request at a time. */
class Connection {
    onIdle;
    socket = connect({ host: hostname, port: Number(port), noDelay: true });
    received = Buffer.alloc(0);
    /** Of the answer that is being received, once its head is there. */
    wanted = 0;
    since = 0;
    request;
    constructor(onIdle) {
        this.onIdle = onIdle;
        this.socket.on('connect', () => onIdle(this));
        this.socket.on('data', (chunk) => this.read(chunk));
        this.socket.on('error', (error) => fail(error));
        this.socket.on('close', () => {
            if (!isOver)
                fail(new Error('the server closed a connection'));
        });
    }
    /** @param since when the request was due: a wait for a free connection is latency as well */
    send(since) {
        const turn = sent++ % messages.length;
        this.since = since;
        this.request = load.inTurn[turn];
        this.socket.write(messages[turn]);
    }
    close() {
        this.socket.destroy();
    }
    read(chunk) {
        this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
        if (this.wanted === 0) {
            const headEnd = this.received.indexOf('\r\n\r\n');
            if (headEnd < 0)
                return;
            const head = this.received.toString('latin1', 0, headEnd);
            const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
            if (length === undefined)
                throw new Error(`an answer without content-length:\n${head}`);
            this.wanted = headEnd + 4 + Number(length);
        }
        if (this.received.length >= this.wanted)
            this.finish();
    }
    finish() {
        latencies.push(performance.now() - this.since);
        const { method = 'GET', path, status } = this.request;
        if (this.received.toString('latin1', 9, 12) !== String(status)) {
            throw new Error(`${method} ${path}: ${status} expected, got\n${this.received.toString('utf8', 0, 2_000)}`);
        }
        this.received = Buffer.alloc(0);
        this.wanted = 0;
        this.onIdle(this);
    }
}
function fail(error) {
    throw error instanceof Error ? error : new Error(String(error));
}
/** Closed loop: every connection sends its next request when it has its answer. */
function flatOut(startedAt) {
    return connections((connection) => {
        if (mayGoOn(startedAt))
            connection.send(performance.now());
    });
}
/** Open loop: requests are due at a fixed rate, whether those before them have been answered or not. */
function atRate(startedAt, perSecond) {
    const idle = [];
    let due = 0;
    const sendDue = () => {
        const now = performance.now();
        while (idle.length > 0 && due < ((now - startedAt) / 1_000) * perSecond && mayGoOn(startedAt)) {
            idle.pop().send(startedAt + (due++ / perSecond) * 1_000);
        }
    };
    const timer = setInterval(() => (isOver ? clearInterval(timer) : sendDue()), 1);
    return connections((connection) => {
        idle.push(connection);
        sendDue();
    });
}
function connections(onIdle) {
    return Array.from({ length: load.connections }, () => new Connection(onIdle));
}
const mayGoOn = (startedAt) => sent < (load.requests ?? Infinity) && performance.now() - startedAt < (load.seconds ?? Infinity) * 1_000;
const startedAt = performance.now();
const all = load.perSecond === undefined ? flatOut(startedAt) : atRate(startedAt, load.perSecond);
const watch = setInterval(() => {
    if (mayGoOn(startedAt) || latencies.length < sent)
        return;
    clearInterval(watch);
    isOver = true;
    for (const connection of all)
        connection.close();
    const seconds = (performance.now() - startedAt) / 1_000;
    const sorted = Float64Array.from(latencies).toSorted();
    const percentile = (share) => sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;
    const result = {
        requests: latencies.length,
        seconds,
        p50: percentile(0.5),
        p95: percentile(0.95),
        p99: percentile(0.99),
        latencies: sorted,
    };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
    parentPort.postMessage(result);
}, 5);
//# sourceMappingURL=load.worker.js.map