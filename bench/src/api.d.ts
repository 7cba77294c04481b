import type { Figure } from './figures.js';
/** How much of the API to measure. */
export interface ApiEffort {
    rounds: number;
    /** Of one measurement. */
    seconds: number;
    /** How many candidates; a stack each. */
    candidates: readonly number[];
    connections: readonly number[];
    /** The names of the routes; all of them when there is none. */
    routes: readonly string[];
    /** Whether to profile the gateway and the candidates service, route by route, once everything is measured. */
    isProfiled: boolean;
}
type Log = (line: string) => void;
/** The API beside its control. All places are up at the same time and take turns, so that they can be compared as well. */
export declare function apiBesideControl(effort: ApiEffort, log: Log): Promise<Figure[]>;
export {};
