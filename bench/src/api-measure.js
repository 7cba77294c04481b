import { setTimeout as sleep } from 'node:timers/promises';
import { serviceNames } from '@nexivo/local/services';
import { send } from './load.js';
import { cpuSeconds, cpuSecondsWithChildren, proportionalMib, residentMib } from './processes.js';
/** Names and pids; Postgres stands for all its processes. */
const processesOf = ({ system: { stack }, control }, side) => {
    const services = Object.fromEntries(serviceNames.map((name) => [name, stack.services[name]]));
    const ours = side === 'api' ? { ...services, nats: stack.nats.process } : { control: control.process };
    return Object.fromEntries(Object.entries({ ...ours, postgres: stack.postgres.process }).map(([name, { pid }]) => [name, pid]));
};
const cpuOf = (name, pid) => name === 'postgres' ? cpuSecondsWithChildren(pid) : cpuSeconds(pid);
const memoryOf = (name, pid) => (name === 'postgres' ? proportionalMib(pid) : residentMib(pid));
const sample = (pids, read) => Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, read(name, pid)]));
/** The most memory that each process was seen with, in MiB. */
export class MemoryPeaks {
    peaks = {};
    note(seen) {
        for (const [name, mib] of Object.entries(seen))
            this.peaks[name] = Math.max(this.peaks[name] ?? 0, mib);
    }
}
/** Under load: looking costs little, and what is held for shorter is no need. */
const LOOK_EVERY_MS = 500;
/** Sends a load to one side of a place. */
export async function measure(place, side, load, memory) {
    const pids = processesOf(place, side);
    const { origin } = side === 'api' ? place.system : place.control;
    const before = sample(pids, cpuOf);
    const look = setInterval(() => memory.note(sample(withoutPostgres(pids), memoryOf)), LOOK_EVERY_MS);
    try {
        const { requests, seconds, p50, p95, p99 } = await send({ ...load, origin });
        const after = sample(pids, cpuOf);
        const cpu = sample(pids, (name) => ((after[name] - before[name]) / requests) * 1_000);
        memory.note(sample(pids, memoryOf));
        return { perSecond: requests / seconds, p50, p95, p99, cpu };
    }
    finally {
        clearInterval(look);
    }
}
/** To ask how much of the memory is shared takes Postgres' processes some time. */
const withoutPostgres = ({ postgres: _, ...others }) => others;
/** The memory of services that have nothing to do yet. */
export async function idleMemory(system) {
    await quiet(system);
    const sum = (memoryOf) => serviceNames.reduce((mib, name) => mib + memoryOf(system.stack.services[name].pid), 0);
    return { resident: sum(residentMib), together: sum(proportionalMib) };
}
const QUIET_MS = 300;
const QUIET_SHARE = 0.1;
const GIVE_UP_MS = 30_000;
/** Waits until what was written has been published and consumed, that is until the stack's processes do next to nothing. */
export async function quiet({ stack }) {
    const used = () => serviceNames.reduce((sum, name) => sum + cpuSeconds(stack.services[name].pid), 0) +
        cpuSeconds(stack.nats.process.pid) +
        cpuSecondsWithChildren(stack.postgres.process.pid);
    const deadline = performance.now() + GIVE_UP_MS;
    for (let before = used(); performance.now() < deadline;) {
        await sleep(QUIET_MS);
        const now = used();
        if (now - before < (QUIET_SHARE * QUIET_MS) / 1_000)
            return;
        before = now;
    }
}
//# sourceMappingURL=api-measure.js.map