import type { Place } from './api-place.js';
import { type LoadRequest } from './load.js';
/**
 * Runs the gateway and the candidates service under Node's profiler while one route is requested, writes a `.cpuprofile` of each
 * and says where its time went. The stack's own candidates service rests meanwhile: half of the requests would be its.
 */
export declare function profileRoute({ system: { stack } }: Place, route: string, inTurn: readonly LoadRequest[], seconds: number, log: (line: string) => void): Promise<void>;
