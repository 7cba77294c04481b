/** The CPU time that a process and its threads have used so far, in seconds. */
export declare const cpuSeconds: (pid: number) => number;
/** The same of a process and its children, those that have ended included. */
export declare const cpuSecondsWithChildren: (pid: number) => number;
/** The memory of a process that is in RAM, in MiB. */
export declare const residentMib: (pid: number) => number;
/** The memory in RAM of a process and its children, what they share counted once (proportional set size), in MiB. */
export declare const proportionalMib: (pid: number) => number;
