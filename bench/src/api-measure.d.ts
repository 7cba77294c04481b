import type { Place } from './api-place.js';
import type { MeasuredRoute } from './api-routes.js';
import { type LoadRequest } from './load.js';
import type { System } from './system.js';
/** What is compared. */
export type Side = 'api' | 'control';
/** One side under one load. */
export interface Measurement {
    perSecond: number;
    /** Milliseconds. */
    p50: number;
    p95: number;
    p99: number;
    /** Seconds of CPU per 1,000 requests, of each process that served them. */
    cpu: Record<string, number>;
}
/** The most memory that each process was seen with, in MiB. */
export declare class MemoryPeaks {
    readonly peaks: Record<string, number>;
    note(seen: Record<string, number>): void;
}
/** One route at one place, with so many connections: what is measured in every round. */
export interface Series {
    route: MeasuredRoute;
    candidates: number;
    connections: number;
    /** A measurement of each round. */
    api: Measurement[];
    control: Measurement[];
    /** Why it was not measured to its end. */
    failure?: string;
}
/** All that was measured. */
export interface ApiResults {
    series: Series[];
    /** Of each place. */
    idle: IdleMemory[];
    memory: MemoryPeaks;
}
/** Sends a load to one side of a place. */
export declare function measure(place: Place, side: Side, load: {
    inTurn: readonly LoadRequest[];
    connections: number;
    seconds: number;
}, memory: MemoryPeaks): Promise<Measurement>;
/** Memory of all services together, in MiB. */
export interface IdleMemory {
    /** The sum of what each has in RAM (RSS). */
    resident: number;
    /** With what they share, Node itself above all, counted once (PSS). */
    together: number;
}
/** The memory of services that have nothing to do yet. */
export declare function idleMemory(system: System): Promise<IdleMemory>;
/** Waits until what was written has been published and consumed, that is until the stack's processes do next to nothing. */
export declare function quiet({ stack }: System): Promise<void>;
