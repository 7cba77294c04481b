/** `npm run dev`: runs the whole stack from its sources, and what a change concerns again. Nothing is built. */
import { parseArgs } from 'node:util';
import { exit, requireNode24, runToEnd } from './run.mjs';

const help = `Usage: npm run dev -- [options]

  --inspect=SERVICE  open a debugger in a service: gateway, candidates, jobs, submissions or webhooks
  --fresh            begin anew: delete the data of earlier runs
  --help             show this

Webhooks to http:// and to addresses inside this network are allowed. The environment is that of npm start.
`;

function readOptions() {
  try {
    const flag = { type: 'boolean', default: false };
    return parseArgs({ options: { fresh: flag, inspect: { type: 'string' }, help: flag } }).values;
  } catch (error) {
    return exit(2, `${error.message}\n\n${help}`);
  }
}

requireNode24('npm run dev');
const options = readOptions();
if (options.help) {
  console.log(help);
  exit(0);
}

await runToEnd(async (signal, onForce) => {
  await import('../../../source-loader.mjs');
  onForce((await import('../src/managed-process.ts')).killAllProcesses);
  const { runDev } = await import('../src/dev.ts');
  await runDev({ fresh: options.fresh, inspect: options.inspect, signal });
});
