/** `npm run bench`: measures, prints a table, and writes it to bench/results/latest.json. See bench/README.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { apiBesideControl } from './api.js';
import { ROUTES } from './api-routes.js';
import { costOfAuth, malformedFlood } from './auth.js';
import { report, table } from './figures.js';
import { startSystem } from './system.js';
import { hundredEndpoints, oneEndpoint, RECEIVER_ALLOWED } from './webhooks.js';
/** Runs on a stack of its own. */
const onSystem = (run, env) => async (effort, log) => {
    log('starting a stack');
    const system = await startSystem(env);
    try {
        return await run(system, effort, log);
    }
    finally {
        await system.stop();
    }
};
const parts = {
    api: { rounds: 5, seconds: 3, runs: [apiBesideControl] },
    auth: { rounds: 6, seconds: 8, runs: [onSystem(costOfAuth), onSystem(malformedFlood)] },
    webhooks: {
        rounds: 3,
        seconds: 8,
        runs: [onSystem(oneEndpoint, RECEIVER_ALLOWED), onSystem(hundredEndpoints, RECEIVER_ALLOWED)],
    },
};
const usage = `Usage: npm run bench -- [part ...] [options]

Parts: ${Object.keys(parts).join(', ')}; all of them when none is named.

  --rounds N         measurements of each kind (${defaultsOf('rounds')})
  --seconds N        of one measurement (${defaultsOf('seconds')})

Of api:
  --candidates N,…   in a stack each (10000,1000000)
  --connections N,…  (1,10,50)
  --routes NAME,…    some of ${ROUTES.map(({ name }) => name).join(', ')}
  --profile          also write bench/results/profiles/*.cpuprofile, and say where the time goes

Of auth, which measures the malformed flood three times as often, half as long:
  --malformed N      malformed tokens to send in all (1000000)
`;
function defaultsOf(name) {
    return Object.entries(parts)
        .map(([part, { [name]: value }]) => `${part} ${value}`)
        .join(', ');
}
const say = (text) => {
    process.stdout.write(`${text}\n`);
};
function readArguments() {
    const { values, positionals } = parseArgs({
        allowPositionals: true,
        options: {
            rounds: { type: 'string' },
            seconds: { type: 'string' },
            malformed: { type: 'string', default: '1000000' },
            candidates: { type: 'string', default: '10000,1000000' },
            connections: { type: 'string', default: '1,10,50' },
            routes: { type: 'string', default: '' },
            profile: { type: 'boolean', default: false },
            help: { type: 'boolean', default: false },
        },
    });
    if (values.help) {
        say(usage);
        process.exit(0);
    }
    const unknown = positionals.find((name) => !Object.hasOwn(parts, name));
    if (unknown !== undefined)
        throw new Error(`there is no part ${unknown}`);
    const routes = values.routes === '' ? [] : values.routes.split(',');
    const unknownRoute = routes.find((route) => ROUTES.every(({ name }) => name !== route));
    if (unknownRoute !== undefined)
        throw new Error(`there is no route ${unknownRoute}`);
    const candidates = values.candidates
        .split(',')
        .map(wholeNumber)
        .toSorted((a, b) => a - b);
    const others = {
        malformed: wholeNumber(values.malformed),
        candidates,
        connections: values.connections.split(',').map(wholeNumber),
        routes,
        isProfiled: values.profile,
    };
    const { rounds, seconds } = values;
    const chosen = { ...(rounds && { rounds: wholeNumber(rounds) }), ...(seconds && { seconds: wholeNumber(seconds) }) };
    return {
        names: positionals.length > 0 ? positionals : Object.keys(parts),
        effortOf: (part) => ({ ...others, rounds: part.rounds, seconds: part.seconds, ...chosen }),
    };
}
function wholeNumber(text) {
    const number = Number(text);
    if (!Number.isInteger(number) || number <= 0)
        throw new Error('options are whole numbers above 0');
    return number;
}
async function run({ names, effortOf }) {
    const results = {};
    for (const name of names) {
        const part = parts[name];
        results[name] = [];
        for (const measure of part.runs)
            results[name].push(...(await measure(effortOf(part), say)));
    }
    for (const [name, figures] of Object.entries(results))
        say(`\n${name}\n\n${table(figures)}`);
    const directory = join(import.meta.dirname, '../results');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'latest.json'), `${JSON.stringify(report(results), undefined, 2)}\n`);
}
let wanted;
try {
    wanted = readArguments();
}
catch (error) {
    process.stderr.write(`${error.message}\n\n${usage}`);
    process.exit(2);
}
await run(wanted);
//# sourceMappingURL=main.js.map