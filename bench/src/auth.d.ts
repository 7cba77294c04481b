import type { Figure } from './figures.js';
import { type System } from './system.js';
/** How much to measure. */
export interface Effort {
    rounds: number;
    /** Of one measurement. */
    seconds: number;
    /** How many malformed tokens to send in all. */
    malformed: number;
}
type Log = (line: string) => void;
/** The same requests to the gateway as it is and to one without authentication and quotas, in turn. */
export declare function costOfAuth(system: System, { rounds, seconds }: Effort, log: Log): Promise<Figure[]>;
/**
 * Valid requests alone, beside a flood of malformed tokens, beside the same flood sent to a process that they do not need, and
 * alone again, which says how far two figures differ when nothing does. Then malformed tokens and nothing else.
 *
 * The bound is on what the flood costs beside the one that goes elsewhere: whoever sends a flood over the internet does not take
 * the time of this machine's two cores for it, as the generator here does.
 */
export declare function malformedFlood(system: System, effort: Effort, log: Log): Promise<Figure[]>;
export {};
