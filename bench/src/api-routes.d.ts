import type { LoadRequest } from './load.js';
import type { Party, Place } from './api-place.js';
/** A kind of request, and what is promised of it. */
export interface MeasuredRoute {
    name: string;
    /** The requests, in turn; nothing where the API has no such thing. */
    requests(place: Place): Promise<MeasuredRequest[]> | MeasuredRequest[];
    /** At least so much of the control's throughput at {@link BUSY} connections. */
    atLeast?: number;
    /** A list or a search: answered within {@link LIST_P95_MS} among a million. */
    isList?: true;
    /** At most so many times what it costs among ten thousand, among a million. */
    growsAtMost?: number;
    isWrite?: true;
}
/** One request. */
export interface MeasuredRequest {
    method?: 'GET' | 'POST' | 'PATCH';
    /** Below the base path. */
    path: string;
    body?: object;
    party: Party;
    status: number;
    /** What is different in what the control is asked. */
    control?: {
        path?: string;
        body?: object;
    };
}
export declare const BUSY = 50;
export declare const LIST_P95_MS = 50;
export declare const LIST_P95_CONNECTIONS = 10;
export declare const toApi: (request: MeasuredRequest) => LoadRequest;
/** The control has no tokens: the account's id is in their place. */
export declare const toControl: (request: MeasuredRequest) => LoadRequest;
export declare const ROUTES: readonly MeasuredRoute[];
