import { isDeepStrictEqual } from 'node:util';
import { idleMemory, measure, MemoryPeaks, quiet } from './api-measure.js';
import { startPlace } from './api-place.js';
import { apiFigures, apiTables } from './api-report.js';
import { ROUTES, toApi, toControl } from './api-routes.js';
import { profileRoute } from './profile.js';
/** The API beside its control. All places are up at the same time and take turns, so that they can be compared as well. */
export async function apiBesideControl(effort, log) {
    const results = { series: [], idle: [], memory: new MemoryPeaks() };
    const places = [];
    try {
        for (const candidates of effort.candidates) {
            log(`starting a stack for ${candidates} candidates`);
            places.push(await startPlace(candidates, log, async (system) => void results.idle.push(await idleMemory(system))));
        }
        const routes = ROUTES.filter(({ name }) => effort.routes.length === 0 || effort.routes.includes(name));
        for (const route of routes)
            results.series.push(...(await measureRoute(route, places, effort, results.memory, log)));
        for (const text of apiTables(results))
            log(`\n${text}`);
        if (effort.isProfiled)
            for (const route of routes)
                await profilePlace(route, places[0], effort, log);
        return apiFigures(results);
    }
    finally {
        for (const place of places.toReversed())
            await place.stop();
    }
}
const SIDES = ['api', 'control'];
const WARM_UP = { connections: 10, seconds: 2 };
/** The rounds of one route: each goes through the connections, the places and both sides, and begins with the other side. */
async function measureRoute(route, places, { rounds, connections, seconds }, memory, log) {
    const ready = [];
    for (const place of places) {
        const requests = await route.requests(place);
        if (requests.length === 0) {
            log(`${route.name}: the API has no such thing`);
            return [];
        }
        ready.push({ place, requests, inTurn: { api: requests.map(toApi), control: requests.map(toControl) } });
    }
    const series = ready.flatMap((each) => connections.map((count) => {
        return { route, each, candidates: each.place.candidates, connections: count, api: [], control: [] };
    }));
    const once = async ({ place, inTurn }, side, load) => {
        const measured = await measure(place, side, { inTurn: inTurn[side], ...load }, memory);
        if (route.isWrite)
            await quiet(place.system);
        return measured;
    };
    /** One that fails fails alone, and is not tried again. */
    const attempt = async (some, work) => {
        try {
            await work();
        }
        catch (error) {
            for (const each of some)
                each.failure = error.message;
            log(`${route.name}: FAILED among ${some[0].candidates}: ${error.message}`);
            await quiet(some[0].each.place.system);
        }
    };
    for (const each of ready) {
        await attempt(series.filter((one) => one.each === each), async () => {
            if (!route.isWrite)
                await assertAlike(each);
            for (const side of SIDES)
                await once(each, side, { ...WARM_UP, seconds: Math.min(WARM_UP.seconds, seconds) });
        });
    }
    for (let round = 1; round <= rounds; round++) {
        for (const one of series) {
            if (one.failure !== undefined)
                continue;
            await attempt([one], async () => {
                for (const side of round % 2 === 1 ? SIDES : SIDES.toReversed()) {
                    one[side].push(await once(one.each, side, { connections: one.connections, seconds }));
                }
            });
        }
        log(`${route.name}: round ${round} of ${rounds}`);
    }
    return series;
}
/** A control that answered something else would be no control. */
async function assertAlike({ place: { system, control }, requests }) {
    const ask = async (origin, { path, headers }) => {
        const { data, meta, ...resource } = (await (await fetch(origin + path, { headers })).json());
        return data ? [meta?.total, ...data] : [resource];
    };
    for (const request of requests.slice(0, COMPARED)) {
        const [ours, theirs] = [await ask(system.origin, toApi(request)), await ask(control.origin, toControl(request))];
        if (isDeepStrictEqual(ours, theirs))
            continue;
        const at = ours.findIndex((part, index) => !isDeepStrictEqual(part, theirs[index]));
        const [different, from] = [ours, theirs].map((parts) => JSON.stringify(parts[at] ?? parts.length).slice(0, 1_000));
        throw new Error(`${request.path}: the API answers otherwise than its control:\n${different}\n${from}`);
    }
}
const COMPARED = 10;
async function profilePlace(route, place, { seconds }, log) {
    const requests = await route.requests(place);
    if (requests.length > 0)
        await profileRoute(place, route.name, requests.map(toApi), seconds, log);
}
//# sourceMappingURL=api.js.map