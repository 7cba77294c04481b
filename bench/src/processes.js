import { readdirSync, readFileSync } from 'node:fs';
/** Clock ticks per second in /proc; 100 on every Linux that Node runs on. */
const TICKS = 100;
const KIB_PER_MIB = 1_024;
/** Where the fields of proc_pid_stat(5) are that are read here, counted from `state`. */
const PARENT = 1;
const OWN_TIMES = [11, 12];
const TIMES_OF_ENDED_CHILDREN = [13, 14];
/** From the third field on: the second is the name in parentheses, and may hold anything. */
function statOf(pid) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
const sumOf = (fields, places) => places.reduce((sum, place) => sum + Number(fields[place]), 0) / TICKS;
/** The CPU time that a process and its threads have used so far, in seconds. */
export const cpuSeconds = (pid) => sumOf(statOf(pid), OWN_TIMES);
/** The same of a process and its children, those that have ended included. */
export const cpuSecondsWithChildren = (pid) => childrenOf(pid).reduce((sum, child) => sum + unlessEnded(() => cpuSeconds(child)), sumOf(statOf(pid), [...OWN_TIMES, ...TIMES_OF_ENDED_CHILDREN]));
/** The memory of a process that is in RAM, in MiB. */
export const residentMib = (pid) => kibOf(`/proc/${pid}/status`, 'VmRSS') / KIB_PER_MIB;
/** The memory in RAM of a process and its children, what they share counted once (proportional set size), in MiB. */
export const proportionalMib = (pid) => [pid, ...childrenOf(pid)].reduce((sum, each) => sum + unlessEnded(() => kibOf(`/proc/${each}/smaps_rollup`, 'Pss')), 0) / KIB_PER_MIB;
const kibOf = (file, name) => Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? NaN);
const childrenOf = (pid) => readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => unlessEnded(() => Number(statOf(each)[PARENT])) === pid);
/** Whatever ended a moment ago counts for nothing. */
function unlessEnded(read) {
    try {
        return read();
    }
    catch (error) {
        if (['ENOENT', 'ESRCH'].includes(error.code ?? ''))
            return 0;
        throw error;
    }
}
//# sourceMappingURL=processes.js.map