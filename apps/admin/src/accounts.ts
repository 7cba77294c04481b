import { accounts, type Plan, PLANS } from '@nexivo/contracts/accounts';
import { Command, Option } from 'commander';
import { type AccountInUse, describeAccount, describeAccountInUse, describeAccounts } from './describe.js';
import { LIMIT, listPart, type Part } from './list-part.js';
import { inherit, jsonOption, orNull, parseLimit, parseQuota, planOption } from './options.js';
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
    .command('update-all')
    .description('change all accounts of a plan at once')
    .addOption(new Option('--of-plan <plan>', 'whose accounts').choices(PLANS).makeOptionMandatory())
    .addOption(planOption())
    .option('--requests-per-minute <n>', "override of the plan's quota, or `default`", parseQuota)
    .option('--requests-per-day <n>', "override of the plan's quota, or `default`", parseQuota)
    .addOption(jsonOption())
    .action(
      async (
        options: { ofPlan: Plan; plan?: Plan; requestsPerMinute?: Quota; requestsPerDay?: Quota } & Output,
        self: Command,
      ) => {
        if (
          options.plan === undefined &&
          options.requestsPerMinute === undefined &&
          options.requestsPerDay === undefined
        )
          self.error('error: nothing to change; give --plan, --requests-per-minute or --requests-per-day');
        await send(
          accounts.updateAll,
          {
            of_plan: options.ofPlan,
            plan: options.plan,
            requests_per_minute: orNull(options.requestsPerMinute),
            requests_per_day: orNull(options.requestsPerDay),
          },
          options,
          ({ updated }) => `${updated} accounts changed`,
        );
      },
    );
  command
    .command('list')
    .addOption(planOption())
    .option('--name <text>', 'only those whose name contains it')
    .option('--limit <n>', 'how many at most', parseLimit, LIMIT)
    .option('--after <id>', 'those made after that account')
    .addOption(jsonOption())
    .action(async ({ plan, name, limit, after, json }: { plan?: Plan; name?: string } & Part & Output) =>
      run(
        { json },
        (ask) => listPart({ limit, after }, (part) => ask(accounts.list, { plan, name, ...part })),
        describeAccounts,
      ),
    );
  command
    .command('show <id>')
    .addOption(jsonOption())
    .action(async (id: string, options: Output) => run(options, (ask) => show(ask, id), describeAccountInUse));
  return inherit(command);
}

/** With what its tokens use. */
async function show(ask: Ask, id: string): Promise<AccountInUse> {
  const account = await ask(accounts.get, { id });
  const [quotas, { days }] = await Promise.all([
    ask(accounts.getQuotas, { id }),
    ask(accounts.getUsage, { id, days: DAYS_SHOWN }),
  ]);
  return { ...account, quotas, days };
}

const DAYS_SHOWN = 7;
