import type { ApiResults } from './api-measure.js';
import { type Figure } from './figures.js';
/** Everything that was measured, for the table of bounds and for the file. */
export declare function apiFigures({ series, idle, memory }: ApiResults): Figure[];
/** A table for each number of candidates, a line for each route and number of connections. */
export declare function apiTables({ series, memory }: ApiResults): string[];
