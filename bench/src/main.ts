/** `npm run bench`: measures, prints a table, and writes it to bench/results/latest.json. See bench/README.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type AccountsEffort, costOfAccounts } from './accounts.js';
import { apiBesideControl, type ApiEffort } from './api.js';
import { ROUTES } from './api-routes.js';
import { costOfAuth, type Effort, malformedFlood } from './auth.js';
import { type Figure, report, table } from './figures.js';
import { costOfHop } from './hop.js';
import { ATTACKS, neighbours, type NeighboursEffort } from './neighbours.js';
import { costOfObservability } from './observability.js';
import { startSystem, type System } from './system.js';
import { besideBacklogs } from './webhooks-backlog.js';
import { hundredEndpoints, oneEndpoint, RECEIVER_ALLOWED } from './webhooks.js';

type Log = (line: string) => void;
type Efforts = Effort & AccountsEffort & ApiEffort & NeighboursEffort;

/** Something to measure, with as many and as long measurements as give figures that hold. */
interface Part {
  rounds: number;
  seconds: number;
  candidates?: readonly number[];
  runs: readonly ((effort: Efforts, log: Log) => Promise<Figure[]>)[];
}

/** Runs on a stack of its own. */
const onSystem =
  (run: (system: System, effort: Efforts, log: Log) => Promise<Figure[]>, env?: Record<string, string>) =>
  async (effort: Efforts, log: Log): Promise<Figure[]> => {
    log('starting a stack');
    const system = await startSystem(env);
    try {
      return await run(system, effort, log);
    } finally {
      await system.stop();
    }
  };

const parts: Record<string, Part> = {
  accounts: { rounds: 3, seconds: 3, runs: [onSystem(costOfAccounts)] },
  api: { rounds: 5, seconds: 3, candidates: [10_000, 1_000_000], runs: [apiBesideControl] },
  auth: { rounds: 6, seconds: 8, runs: [onSystem(costOfAuth), onSystem(malformedFlood)] },
  hop: { rounds: 5, seconds: 5, candidates: [10_000], runs: [costOfHop] },
  neighbours: { rounds: 3, seconds: 10, candidates: [100_000], runs: [neighbours] },
  observability: { rounds: 6, seconds: 5, runs: [costOfObservability] },
  webhooks: {
    rounds: 3,
    seconds: 8,
    runs: [oneEndpoint, hundredEndpoints, besideBacklogs].map((run) => onSystem(run, RECEIVER_ALLOWED)),
  },
};

const usage = `Usage: npm run bench -- [part ...] [options]

Parts: ${Object.keys(parts).join(', ')}; all of them when none is named.

  --rounds N         measurements of each kind (${defaultsOf('rounds')})
  --seconds N        of one measurement (${defaultsOf('seconds')})

Of api and hop:
  --candidates N,…   in a stack each (10000,1000000); hop has the smallest number, and 10000 unless told
  --connections N,…  (1,10,50)

Of api:
  --routes NAME,…    some of ${ROUTES.map(({ name }) => name).join(', ')}
  --profile          also write bench/results/profiles/*.cpuprofile, and say where the time goes

Of neighbours, whose attacker has the largest number of --candidates (100000):
  --attacks NAME,…   some of ${ATTACKS.map(({ name }) => name).join(', ')}

Of accounts:
  --accounts N,…     over how many the requests are spread (10,1000,100000)

Of auth, which measures the malformed flood three times as often, half as long:
  --malformed N      malformed tokens to send in all (1000000)
`;

function defaultsOf(name: 'rounds' | 'seconds'): string {
  return Object.entries(parts)
    .map(([part, { [name]: value }]) => `${part} ${value}`)
    .join(', ');
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

interface Wanted {
  names: string[];
  effortOf: (part: Part) => Efforts;
}

function readArguments(): Wanted {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      malformed: { type: 'string', default: '1000000' },
      accounts: { type: 'string', default: '10,1000,100000' },
      candidates: { type: 'string' },
      connections: { type: 'string', default: '1,10,50' },
      routes: { type: 'string', default: '' },
      attacks: { type: 'string', default: '' },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(usage);
    process.exit(0);
  }
  const unknown = positionals.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) throw new Error(`there is no part ${unknown}`);
  const routes = values.routes === '' ? [] : values.routes.split(',');
  const unknownRoute = routes.find((route) => ROUTES.every(({ name }) => name !== route));
  if (unknownRoute !== undefined) throw new Error(`there is no route ${unknownRoute}`);
  const attacks = values.attacks === '' ? [] : values.attacks.split(',');
  const unknownAttack = attacks.find((attack) => ATTACKS.every(({ name }) => name !== attack));
  if (unknownAttack !== undefined) throw new Error(`there is no attack ${unknownAttack}`);
  const candidates = values.candidates
    ?.split(',')
    .map(wholeNumber)
    .toSorted((a, b) => a - b);
  const others = {
    malformed: wholeNumber(values.malformed),
    accounts: values.accounts.split(',').map(wholeNumber),
    connections: values.connections.split(',').map(wholeNumber),
    routes,
    attacks,
    isProfiled: values.profile,
  };
  const { rounds, seconds } = values;
  const chosen = { ...(rounds && { rounds: wholeNumber(rounds) }), ...(seconds && { seconds: wholeNumber(seconds) }) };
  return {
    names: positionals.length > 0 ? positionals : Object.keys(parts),
    effortOf: (part) => ({
      ...others,
      rounds: part.rounds,
      seconds: part.seconds,
      candidates: candidates ?? part.candidates ?? [],
      ...chosen,
    }),
  };
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number <= 0) throw new Error('options are whole numbers above 0');
  return number;
}

async function run({ names, effortOf }: Wanted): Promise<void> {
  const results: Record<string, Figure[]> = {};
  for (const name of names) {
    const part = parts[name]!;
    results[name] = [];
    for (const measure of part.runs) results[name].push(...(await measure(effortOf(part), say)));
  }
  for (const [name, figures] of Object.entries(results)) say(`\n${name}\n\n${table(figures)}`);
  const directory = join(import.meta.dirname, '../results');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'latest.json'), `${JSON.stringify(report(results), undefined, 2)}\n`);
}

let wanted;
try {
  wanted = readArguments();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${usage}`);
  process.exit(2);
}
await run(wanted);
