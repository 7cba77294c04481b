import { type CandidateEntity } from '@nexivo/candidates/candidate.entity';
import { type SearchPlan } from '@nexivo/search/search-plan';
/** A statement; with a name it is prepared once on each connection. */
export interface Statement {
    name?: string;
    text: string;
    values: unknown[];
}
/** Where the control records its events: a table like the outbox that no relay looks at. */
export declare const CONTROL_OUTBOX = "bench_outbox";
export declare const getOne: (accountId: string, id: string, suffix?: string) => Statement;
/** The same row, locked as a change needs it. */
export declare const lockOne: (accountId: string, id: string) => Statement;
/** A list as the service reads it. */
export interface ListStatements {
    /** The page, and one row more: whether there is a next one. */
    page: Statement;
    /** How many rows there are, where the counters know it. */
    kept?: Statement;
    /** The same page where they do not, and how many there are, if those are no more than are counted. */
    counted: Statement;
}
/** The time before which nothing more will be written: a list that is continued ends there. */
export declare const settled: () => Statement;
/**
 * What a list's parameters select.
 *
 * @param plan of the query's `q`
 * @param after the place of the row that the page begins behind, and the time at which the list ends
 */
export declare function list(accountId: string, query: URLSearchParams, plan: SearchPlan, after?: {
    created_at: string;
    id: string;
    settled: Date;
}): ListStatements;
export declare const perPageOf: (query: URLSearchParams) => number;
/** A new row but for what the database gives it. */
export declare function rowFrom(given: object, account_id: string, id: string): CandidateEntity;
export declare const insert: (row: CandidateEntity) => Statement;
export declare function update(row: CandidateEntity, changes: Partial<CandidateEntity>): Statement;
/** What the control has to know of an event. */
export interface ControlEvent {
    id: string;
    type: string;
    account_id: string;
    request_id: string;
}
export declare const record: (event: ControlEvent, aggregateId: string) => Statement;
