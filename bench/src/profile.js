import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defaultAppsDir } from '@nexivo/local/services';
import { repositoryRoot } from '@nexivo/local/paths';
import { BUSY } from './api-routes.js';
import { send } from './load.js';
import { describeProfile } from './profile-summary.js';
import { startServer } from './system.js';
/** The services that the requests go through. */
const PROFILED = ['candidates', 'gateway'];
const DIRECTORY = join(import.meta.dirname, '../results/profiles');
const WARM_UP_S = 3;
/**
 * Runs the gateway and the candidates service under Node's profiler while one route is requested, writes a `.cpuprofile` of each
 * and says where its time went. The stack's own candidates service rests meanwhile: half of the requests would be its.
 */
export async function profileRoute({ system: { stack } }, route, inTurn, seconds, log) {
    const scratch = join(stack.dataDir, 'profiles');
    const servers = {};
    await stack.services.candidates.stop();
    let window = [0, 0];
    try {
        for (const name of PROFILED) {
            servers[name] = await startServer(stack, {
                name: `profiled-${name}`,
                args: [
                    '--cpu-prof',
                    `--cpu-prof-dir=${join(scratch, name)}`,
                    `--cpu-prof-name=${route}`,
                    join(defaultAppsDir, name, 'dist/main.js'),
                ],
                env: stack.envOf(name),
                portName: name === 'gateway' ? 'PORT' : 'HEALTH_PORT',
            });
        }
        const load = { origin: servers['gateway'].origin, inTurn, connections: BUSY };
        await send({ ...load, seconds: WARM_UP_S });
        const since = monotonicUs();
        await send({ ...load, seconds });
        window = [since, monotonicUs()];
    }
    finally {
        // A profile is written at the end of its process.
        for (const { process } of Object.values(servers).toReversed())
            await process.stop();
        await stack.services.candidates.start();
    }
    mkdirSync(DIRECTORY, { recursive: true });
    for (const name of PROFILED) {
        const file = join(DIRECTORY, `${route}-${name}.cpuprofile`);
        copyFileSync(join(scratch, name, route), file);
        const profile = JSON.parse(readFileSync(file, 'utf8'));
        log(`\n${name}, ${route} at ${BUSY} connections (${relative(repositoryRoot, file)})\n\n${describeProfile(profile, window)}`);
    }
}
/** The clock of profiles, which is the same in all processes: microseconds of CLOCK_MONOTONIC. */
const monotonicUs = () => Number(process.hrtime.bigint() / 1000n);
//# sourceMappingURL=profile.js.map