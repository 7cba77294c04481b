import { repositoryRoot } from '@nexivo/local/paths';
import { aligned } from './figures.js';
const IDLE = '(idle)';
const TOP_LIBRARIES = 20;
const TOP_FUNCTIONS = 25;
/**
 * Where the time of a process went between two moments: by library, and by function. `own` is the time of its functions themselves,
 * `with Node` that and the time of what they made Node and V8 do, such as writing to a socket.
 */
export function describeProfile(profile, [sinceUs, untilUs]) {
    const spent = selfTimes(profile, sinceUs, untilUs);
    spent.delete(profile.nodes.find(({ callFrame }) => callFrame.functionName === IDLE));
    const total = [...spent.values()].reduce((sum, us) => sum + us, 0);
    const cells = (us) => [(us / 1_000).toFixed(0), ((us / total) * 100).toFixed(1)];
    const parents = parentsIn(profile);
    const ordering = sumBy(spent, (node) => libraryOf(caller(node, parents)));
    const own = sumBy(spent, libraryOf);
    const libraries = [...new Set([...ordering.keys(), ...own.keys()])]
        .slice(0, TOP_LIBRARIES)
        .map((name) => [name, ...cells(ordering.get(name) ?? 0), ...cells(own.get(name) ?? 0)]);
    const functions = [...sumBy(spent, functionOf)].slice(0, TOP_FUNCTIONS).map(([name, us]) => [name, ...cells(us)]);
    return [
        `at work ${Math.round((total / (untilUs - sinceUs)) * 100)} % of the time`,
        aligned([['library', 'ms, with Node', '%', 'ms, own', '%'], ...libraries], (column) => column >= 1),
        aligned([['function', 'ms', '%'], ...functions], (column) => column >= 1),
    ].join('\n\n');
}
/** The greatest sums first. */
function sumBy(spent, nameOf) {
    const sums = new Map();
    for (const [node, us] of spent)
        sums.set(nameOf(node), (sums.get(nameOf(node)) ?? 0) + us);
    return new Map([...sums].toSorted(([, a], [, b]) => b - a));
}
function parentsIn({ nodes }) {
    const parents = new Map();
    for (const node of nodes)
        for (const child of node.children ?? [])
            parents.set(child, node);
    return parents;
}
/** The function outside of Node and V8 on whose behalf a function runs; itself where there is none. */
function caller(node, parents) {
    for (let at = node; at; at = parents.get(at.id)) {
        if (at.callFrame.url.startsWith('file:'))
            return at;
    }
    return node;
}
function selfTimes({ nodes, startTime, samples, timeDeltas }, sinceUs, untilUs) {
    const nodeOf = new Map(nodes.map((node) => [node.id, node]));
    const spent = new Map();
    let at = startTime;
    for (const [index, id] of samples.entries()) {
        at += timeDeltas[index];
        if (at < sinceUs || at > untilUs)
            continue;
        const node = nodeOf.get(id);
        // What a sample shows went on until the next one.
        spent.set(node, (spent.get(node) ?? 0) + (timeDeltas[index + 1] ?? 0));
    }
    return spent;
}
/** `npm` packages by name, our own by folder, and what belongs to Node and V8. */
function libraryOf({ callFrame: { functionName, url } }) {
    const inPackage = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
    if (inPackage)
        return inPackage;
    const own = url.startsWith(`file://${repositoryRoot}/`) && url.slice(`file://${repositoryRoot}/`.length).split('/').slice(0, 2);
    if (own)
        return `ours: ${own.join('/')}`;
    if (url.startsWith('node:'))
        return `node: ${url.slice('node:'.length).split('/').slice(0, 2).join('/')}`;
    return functionName.startsWith('(') ? functionName : '(built-in functions)';
}
function functionOf(node) {
    const { functionName, url, lineNumber } = node.callFrame;
    if (url === '')
        return functionName;
    const place = url
        .replace(/^file:\/\//, '')
        .replace(`${repositoryRoot}/`, '')
        .replace(/^.*node_modules\//, '');
    return `${functionName || '(anonymous)'}  ${place}:${lineNumber + 1}`;
}
//# sourceMappingURL=profile-summary.js.map