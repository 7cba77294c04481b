import { join } from 'node:path';
import { BASE_PATH } from '@nexivo/contracts/route';
import { send } from './load.js';
import { malformedTokens } from './malformed-tokens.js';
import { cpuSeconds } from './processes.js';
import { startGateway } from './system.js';
import { transactionsDuring } from './transactions.js';
/** What one request of the route that is measured looks like. */
const validRequest = ({ candidateId, token }) => ({
    path: `${BASE_PATH}/candidates/${candidateId}`,
    headers: { authorization: `Bearer ${token}` },
    status: 200,
});
const CONNECTIONS = 50;
async function measure(gateway, load) {
    const pid = gateway.process.pid;
    if (pid === undefined)
        throw new Error(`${gateway.process.name} does not run`);
    const before = cpuSeconds(pid);
    const result = await send({ ...load, origin: gateway.origin });
    const cpu = cpuSeconds(pid) - before;
    return {
        ...result,
        perSecond: result.requests / result.seconds,
        cpuPerThousand: (cpu / result.requests) * 1_000,
    };
}
/** The same requests to the gateway as it is and to one without authentication and quotas, in turn. */
export async function costOfAuth(system, { rounds, seconds }, log) {
    const withAuth = await startGateway(system.stack, 'gateway-as-it-is', [
        join(import.meta.dirname, '../../apps/gateway/dist/main.js'),
    ]);
    const without = await startGateway(system.stack, 'gateway-without-auth', [
        join(import.meta.dirname, 'gateway-without-auth.js'),
        system.accountId,
    ]);
    try {
        const load = { inTurn: [validRequest(system)], connections: CONNECTIONS, seconds };
        log('cost of auth and quotas: warming up');
        await measure(withAuth, load);
        await measure(without, load);
        const a = [];
        const b = [];
        for (let round = 1; round <= rounds; round++) {
            a.push(await measure(withAuth, load));
            b.push(await measure(without, load));
            log(`cost of auth and quotas: round ${round} of ${rounds}: ${a.at(-1).perSecond.toFixed(0)} and ${b.at(-1).perSecond.toFixed(0)} requests/s`);
        }
        return [
            ...figuresOf('a: as it is', a),
            ...figuresOf('b: without auth and quotas', b),
            {
                name: 'throughput of a / throughput of b',
                unit: 'ratio',
                values: a.map(({ perSecond }, round) => perSecond / b[round].perSecond),
                bound: { atLeast: 0.75 },
            },
            {
                name: 'gateway CPU of a / gateway CPU of b',
                unit: 'ratio',
                values: a.map(({ cpuPerThousand }, round) => cpuPerThousand / b[round].cpuPerThousand),
            },
        ];
    }
    finally {
        await without.process.stop();
        await withAuth.process.stop();
    }
}
const figuresOf = (name, measurements) => [
    { name: `${name}, throughput`, unit: 'requests/s', values: measurements.map(({ perSecond }) => perSecond) },
    ...latencyFigures(name, measurements),
    {
        name: `${name}, gateway CPU`,
        unit: 's/1,000 requests',
        values: measurements.map(({ cpuPerThousand }) => cpuPerThousand),
    },
];
const latencyFigures = (name, measurements) => ['p50', 'p95', 'p99'].map((key) => ({
    name: `${name}, ${key}`,
    unit: 'ms',
    values: measurements.map((measurement) => measurement[key]),
}));
/** What well-behaved clients send meanwhile. */
const VALID = { connections: 10, perSecond: 200 };
/** The flood beside them: what cores shared with everything else can send and answer without being full. */
const FLOOD = { connections: 10, perSecond: 1_000, isBackground: true };
/** The flood alone: below what the gateway can answer, so that the machine stays usable. */
const FLOOD_ALONE = { connections: 20, perSecond: 6_000 };
/** Answered by the gateway without looking at anything: what a flood costs that has nothing to do with tokens. */
const TRIVIAL_PATH = '/health/live';
/** Enough for a measurement of CPU time. */
const TRIVIAL_REQUESTS = 100_000;
/** A slow moment of the machine spoils a p99; so there are more rounds than elsewhere, and shorter ones. */
const SHORTER = 2;
const MORE = 3;
/** Of the requests of every round together: the p99 of a single one hangs on a handful of requests. */
function p99OfAll(results) {
    const latencies = Float64Array.from(results.flatMap((result) => [...result.latencies])).toSorted();
    return latencies[Math.ceil(latencies.length * 0.99) - 1];
}
/**
 * Valid requests alone, beside a flood of malformed tokens, beside the same flood sent to a process that they do not need, and
 * alone again, which says how far two figures differ when nothing does. Then malformed tokens and nothing else.
 *
 * The bound is on what the flood costs beside the one that goes elsewhere: whoever sends a flood over the internet does not take
 * the time of this machine's two cores for it, as the generator here does.
 */
export async function malformedFlood(system, effort, log) {
    const gateway = { process: system.stack.services.gateway, origin: system.origin };
    const seconds = effort.seconds / SHORTER;
    const rounds = effort.rounds * MORE;
    const valid = validRequest(system);
    const malformed = malformedTokens(1_000).map((token) => {
        return { path: valid.path, headers: { authorization: `Bearer ${token}` }, status: 401 };
    });
    const trivial = malformed.map((request) => ({ ...request, path: TRIVIAL_PATH, status: 200 }));
    const elsewhere = {
        process: system.stack.services.jobs,
        origin: `http://127.0.0.1:${system.stack.envOf('jobs')['HEALTH_PORT']}`,
    };
    let sent = 0;
    const alone = () => measure(gateway, { inTurn: [valid], ...VALID, seconds });
    const beside = async (target, inTurn) => {
        // Longer than the measurement, so that all of it is beside the flood.
        const flood = measure(target, { inTurn, ...FLOOD, seconds: seconds + 0.5 });
        const [result, { requests }] = await Promise.all([alone(), flood]);
        if (inTurn === malformed)
            sent += requests;
        return result;
    };
    const kinds = {
        alone,
        malformed: () => beside(gateway, malformed),
        elsewhere: () => beside(elsewhere, trivial),
        again: alone,
    };
    log('malformed tokens: warming up');
    for (const kind of Object.values(kinds))
        await kind();
    const results = { alone: [], malformed: [], elsewhere: [], again: [] };
    for (let round = 1; round <= rounds; round++) {
        for (const kind of ['alone', 'malformed', 'elsewhere', 'again'])
            results[kind].push(await kinds[kind]());
        const p99s = Object.values(results).map((each) => each.at(-1).p99.toFixed(1));
        log(`malformed tokens: round ${round} of ${rounds}: p99 ${p99s.join(', ')} ms`);
    }
    const trivialCost = await measure(gateway, { inTurn: trivial, ...FLOOD_ALONE, requests: TRIVIAL_REQUESTS });
    const requests = Math.max(1, effort.malformed - sent);
    log(`malformed tokens: ${requests} more, and nothing else, to count transactions`);
    const { result, transactions } = await transactionsDuring(system.stack, () => measure(gateway, { inTurn: malformed, ...FLOOD_ALONE, requests }));
    const p99Of = (kind) => p99OfAll(results[kind]);
    return [
        ...latencyFigures('valid requests alone', results.alone),
        ...latencyFigures('beside malformed tokens', results.malformed),
        ...latencyFigures('beside a flood elsewhere', results.elsewhere),
        {
            name: 'p99 beside malformed / beside a flood elsewhere',
            unit: 'ratio',
            values: [p99Of('malformed') / p99Of('elsewhere')],
            bound: { atMost: 1.1 },
        },
        { name: 'p99 beside malformed / alone', unit: 'ratio', values: [p99Of('malformed') / p99Of('alone')] },
        { name: 'p99 beside a flood elsewhere / alone', unit: 'ratio', values: [p99Of('elsewhere') / p99Of('alone')] },
        { name: 'p99 alone again / alone (noise)', unit: 'ratio', values: [p99Of('again') / p99Of('alone')] },
        { name: 'malformed tokens, in all', unit: 'requests', values: [sent + requests] },
        { name: 'malformed tokens, without other load', unit: 'requests', values: [requests] },
        { name: '  of these, rate', unit: 'requests/s', values: [result.perSecond] },
        { name: '  of these, p99', unit: 'ms', values: [result.p99] },
        { name: '  of these, gateway CPU', unit: 's/1,000 requests', values: [result.cpuPerThousand] },
        { name: '  gateway CPU of trivial requests', unit: 's/1,000 requests', values: [trivialCost.cpuPerThousand] },
        { name: '  of these, database transactions', unit: 'transactions', values: [transactions], bound: { atMost: 0 } },
    ];
}
//# sourceMappingURL=auth.js.map