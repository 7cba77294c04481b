/** `npm run bench`: measures, prints a table, and writes it to bench/results/latest.json. See bench/README.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { costOfAuth, type Effort, malformedFlood } from './auth.js';
import { type Figure, report, table } from './figures.js';
import { startSystem, type System } from './system.js';

type Part = (system: System, effort: Effort, log: (line: string) => void) => Promise<Figure[]>;

const parts: Record<string, readonly Part[]> = { auth: [costOfAuth, malformedFlood] };

const usage = `Usage: npm run bench -- [part ...] [options]

Parts: ${Object.keys(parts).join(', ')}; all of them when none is named.

  --rounds N      measurements of each kind (6); three times as many, half as long, of the malformed flood
  --seconds N     of one measurement (8)
  --malformed N   malformed tokens to send in all (1000000)
`;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function readArguments(): { names: string[]; effort: Effort } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '6' },
      seconds: { type: 'string', default: '8' },
      malformed: { type: 'string', default: '1000000' },
    },
  });
  const unknown = positionals.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) throw new Error(`there is no part ${unknown}`);
  const [rounds, seconds, malformed] = [values.rounds, values.seconds, values.malformed].map(Number) as [
    number,
    number,
    number,
  ];
  if (![rounds, seconds, malformed].every((number) => Number.isInteger(number) && number > 0))
    throw new Error('options are whole numbers above 0');
  return { names: positionals.length > 0 ? positionals : Object.keys(parts), effort: { rounds, seconds, malformed } };
}

async function run(names: readonly string[], effort: Effort): Promise<void> {
  const results: Record<string, Figure[]> = {};
  for (const name of names) {
    results[name] = [];
    for (const part of parts[name]!) {
      say('starting a stack');
      const system = await startSystem();
      try {
        results[name].push(...(await part(system, effort, say)));
      } finally {
        await system.stop();
      }
    }
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
await run(wanted.names, wanted.effort);
