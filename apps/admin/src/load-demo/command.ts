import { accounts } from '@nexivo/contracts/accounts';
import { DomainError } from '@nexivo/bus/domain-error';
import { readEnv } from '@nexivo/runtime/env';
import { Command, InvalidArgumentError } from 'commander';
import { loadDemoEnv } from '../env.js';
import { inherit, jsonOption } from '../options.js';
import { type Output, Refused, run } from '../send.js';
import { createDemo, type Demo } from './demo.js';
import { loadDemo, type LoadedRows, LoadFailed } from './load.js';
import { choosePairs, type Pairs } from './pairs.js';
import { Progress, type Screen } from './progress.js';

const HELP = `
Rows go straight into the tables of candidates, jobs and submissions, by COPY: for trying the product out and for measuring it.
It publishes no events, so webhooks hear nothing of these rows, and it uses none of the account's quotas.

The rows look like two years of work, the last before the account was made. The same account, seed and numbers give the same
rows, and rows that are there already are left alone: a load that failed or was stopped goes on with the same command, and
another --seed adds as many different ones.

Needs, beside NATS_URL, the URL of each service's database: CANDIDATES_DATABASE_URL, JOBS_DATABASE_URL and
SUBMISSIONS_DATABASE_URL. With npm run admin they are those of the stack that runs here.`;

interface Options extends Output {
  account: string;
  candidates: number;
  jobs: number;
  submissions: number;
  seed: number;
}

/** What `--json` prints. */
interface Loaded {
  account_id: string;
  seed: number;
  loaded: LoadedRows[];
  seconds: number;
}

/** `admin load-demo …` */
export function loadDemoCommand(): Command {
  const command = new Command('load-demo')
    .description('fill an account with believable candidates, jobs and submissions')
    .requiredOption('--account <id>', 'the account')
    .requiredOption('--candidates <n>', 'how many, 0 to 10000000', wholeNumber(10_000_000))
    .requiredOption('--jobs <n>', 'how many, 0 to 100000', wholeNumber(100_000))
    .requiredOption('--submissions <n>', 'how many, 0 to 10000000', wholeNumber(10_000_000))
    .option('--seed <n>', 'another number, other rows', wholeNumber(2 ** 32 - 1), 1)
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      await run<Loaded>(
        options,
        async (ask) => {
          const startedAt = performance.now();
          const { created_at } = await ask(accounts.get, { id: options.account });
          const loaded = await load(options, created_at);
          const seconds = Math.round((performance.now() - startedAt) / 10) / 100;
          return { account_id: options.account, seed: options.seed, loaded, seconds };
        },
        ({ loaded, seconds }) =>
          `${loaded.reduce((sum, { rows }) => sum + rows, 0).toLocaleString('en-US')} rows loaded in ${seconds.toFixed(1)} s`,
      );
    });
  return inherit(command);
}

async function load({ account, ...options }: Options, accountCreatedAt: string): Promise<LoadedRows[]> {
  const env = readEnv(loadDemoEnv);
  const screen = process.stderr;
  const demo = createDemo({ ...options, accountId: account, until: new Date(accountCreatedAt) });
  const pairs = planSubmissions(demo, screen);
  if (pairs.count < options.submissions) {
    throw DomainError.invalid({
      field: 'submissions',
      code: 'too_many',
      message: `must be at most ${pairs.count} for that many candidates and jobs, each pair at most once`,
    });
  }
  const urls = {
    candidates: env.CANDIDATES_DATABASE_URL,
    jobs: env.JOBS_DATABASE_URL,
    submissions: env.SUBMISSIONS_DATABASE_URL,
  };
  try {
    return await loadDemo(demo, pairs, { urls, screen });
  } catch (error) {
    throw error instanceof LoadFailed ? new Refused('load_failed', whatFailed(error)) : error;
  }
}

/** Takes a while for millions of them. */
function planSubmissions(demo: Demo, screen: Screen): Pairs {
  const progress = new Progress(screen, 'planning', 0);
  const pairs = choosePairs(demo);
  progress.end();
  return pairs;
}

function whatFailed({ message, loaded }: LoadFailed): string {
  const before = loaded.map(({ service, rows }) => `${rows.toLocaleString('en-US')} of ${service}`).join(', ');
  return `${message}. Stored before that, and kept: ${before || 'nothing'}. The same command goes on from there.`;
}

const wholeNumber =
  (max: number) =>
  (value: string): number => {
    const number = /^\d{1,10}$/.test(value) ? Number(value) : NaN;
    if (!(number <= max)) throw new InvalidArgumentError(`It must be a whole number from 0 to ${max}.`);
    return number;
  };
