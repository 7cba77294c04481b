/** What V8 writes (the type `Profile` of the DevTools protocol); times in microseconds. */
export interface CpuProfile {
    nodes: ProfileNode[];
    startTime: number;
    /** The node that was at work at each sample. */
    samples: number[];
    /** The time from the sample before. */
    timeDeltas: number[];
}
interface ProfileNode {
    id: number;
    /** The ids of what it called. */
    children?: number[];
    callFrame: {
        functionName: string;
        url: string;
        lineNumber: number;
    };
}
/**
 * Where the time of a process went between two moments: by library, and by function. `own` is the time of its functions themselves,
 * `with Node` that and the time of what they made Node and V8 do, such as writing to a socket.
 */
export declare function describeProfile(profile: CpuProfile, [sinceUs, untilUs]: readonly [number, number]): string;
export {};
