import { accounts, type Account, type Plan } from '@nexivo/contracts/accounts';
import { Command } from 'commander';
import { describeAccount, describeAccounts } from './describe.js';
import { inherit, jsonOption, orNull, parseQuota, planOption } from './options.js';
import { type Ask, type Output, run, send } from './send.js';

type Quota = ReturnType<typeof parseQuota>;

/** `admin accounts …` */
export function accountsCommand(): Command {
  const command = new Command('accounts').description('companies that use the API');
  command
    .command('create')
    .requiredOption('--name <name>', 'name of the company')
    .addOption(planOption().makeOptionMandatory())
    .addOption(jsonOption())
    .action(async ({ name, plan, json }: { name: string; plan: Plan } & Output) =>
      send(accounts.create, { name, plan }, { json }, describeAccount),
    );
  command
    .command('update <id>')
    .addOption(planOption())
    .option('--requests-per-minute <n>', "override of the plan's quota, or `default`", parseQuota)
    .option('--requests-per-day <n>', "override of the plan's quota, or `default`", parseQuota)
    .addOption(jsonOption())
    .action(async (id: string, options: { plan?: Plan; requestsPerMinute?: Quota; requestsPerDay?: Quota } & Output) =>
      send(
        accounts.update,
        {
          id,
          plan: options.plan,
          requests_per_minute: orNull(options.requestsPerMinute),
          requests_per_day: orNull(options.requestsPerDay),
        },
        options,
        describeAccount,
      ),
    );
  command
    .command('list')
    .addOption(jsonOption())
    .action(async (options: Output) => run(options, listAll, describeAccounts));
  command
    .command('show <id>')
    .addOption(jsonOption())
    .action(async (id: string, options: Output) => send(accounts.get, { id }, options, describeAccount));
  return inherit(command);
}

async function listAll(ask: Ask): Promise<{ data: Account[] }> {
  const data: Account[] = [];
  let after: string | undefined;
  do {
    const part = await ask(accounts.list, { after });
    data.push(...part.data);
    after = part.next ?? undefined;
  } while (after !== undefined);
  return { data };
}
