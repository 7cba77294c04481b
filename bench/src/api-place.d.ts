import { type Server, type System } from './system.js';
/** An account, and how requests say that they are its own. */
export interface Party {
    accountId: string;
    token: string;
    /** Candidates of it, at random. */
    ids: string[];
}
/** A stack with so many candidates, and the control beside it on the same database. */
export interface Place {
    candidates: number;
    system: System;
    control: Server;
    /** Has the candidates, and is only read. */
    readers: Party;
    /** Is written to, so that the other one stays as large as it is. */
    writers: Party;
    /** One of the {@link SMALL_ACCOUNTS} beside them. */
    small: Party;
    /** Asks the candidates service's own database. */
    sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
    stop(): Promise<void>;
}
/** Candidates that are changed. A prime number, see `patches` of the routes. */
export declare const PATCHED = 997;
/**
 * Starts a stack, fills it by `load-demo` and starts the control.
 *
 * @param onIdle called when the stack is up and has nothing to do yet
 */
export declare function startPlace(candidates: number, log: (line: string) => void, onIdle: (system: System) => Promise<void>): Promise<Place>;
