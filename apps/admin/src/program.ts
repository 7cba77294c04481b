import {
  type Account,
  accounts,
  type ApiToken,
  type Plan,
  PLANS,
  type Scope,
  SCOPES,
  tokens,
} from '@nexivo/contracts/accounts';
import type { OutputOf } from '@nexivo/contracts/command';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from './duration.js';
import { type Output, send } from './send.js';

/**
 * The operators' command line. Exit codes: 0 done, 1 refused or not reachable, 2 wrong usage.
 */
export function buildProgram(): Command {
  const program = new Command('admin')
    .description('Manages the accounts and tokens of a running stack.')
    .exitOverride()
    .showHelpAfterError('(add --help for usage)');
  program.addCommand(accountsCommand());
  program.addCommand(tokensCommand());
  return program;
}

const json = (): Option => new Option('--json', 'print one JSON object on standard output');

function accountsCommand(): Command {
  const command = new Command('accounts').description('companies that use the API');
  command
    .command('create')
    .requiredOption('--name <name>', 'name of the company')
    .addOption(planOption().makeOptionMandatory())
    .addOption(json())
    .action(async ({ name, plan, json }: { name: string; plan: Plan } & Output) =>
      send(accounts.create, { name, plan }, { json }, describeAccount),
    );
  command
    .command('update <id>')
    .addOption(planOption())
    .option('--requests-per-minute <n>', "override of the plan's quota, or `default`", parseQuota)
    .option('--requests-per-day <n>', "override of the plan's quota, or `default`", parseQuota)
    .addOption(json())
    .action(
      async (
        id: string,
        options: { plan?: Plan; requestsPerMinute?: number | null; requestsPerDay?: number | null } & Output,
      ) =>
        send(
          accounts.update,
          {
            id,
            plan: options.plan,
            requests_per_minute: options.requestsPerMinute,
            requests_per_day: options.requestsPerDay,
          },
          options,
          describeAccount,
        ),
    );
  return inherit(command);
}

function tokensCommand(): Command {
  const command = new Command('tokens').description('API tokens');
  command
    .command('create')
    .requiredOption('--account <id>', 'the account it speaks for')
    .requiredOption('--scopes <list>', `scopes separated by commas, or "all": ${SCOPES.join(', ')}`, parseScopes)
    .option('--name <name>', 'what people call it', 'token')
    .option('--expires-in <duration>', 'such as 12h, 30d or 52w; never when absent', expiry)
    .addOption(json())
    .action(async (options: { account: string; scopes: Scope[]; name: string; expiresIn?: string } & Output) =>
      send(
        tokens.create,
        {
          account_id: options.account,
          name: options.name,
          scopes: options.scopes,
          expires_at: options.expiresIn ?? null,
        },
        options,
        describeNewToken,
      ),
    );
  command
    .command('revoke <id>')
    .addOption(json())
    .action(async (id: string, options: Output) => send(tokens.revoke, { id }, options, describeToken));
  return inherit(command);
}

/** Subcommands made by `command()` inherit settings; those added by `addCommand` do not. */
const inherit = (command: Command): Command => {
  for (const each of [command, ...command.commands]) each.exitOverride().showHelpAfterError('(add --help for usage)');
  return command;
};

const planOption = (): Option => new Option('--plan <plan>', 'the plan').choices(PLANS);

function parseQuota(value: string): number | null {
  if (value === 'default') return null;
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a whole number from 1, or `default`.');
  return Number(value);
}

function parseScopes(value: string): Scope[] {
  if (value === 'all') return [...SCOPES];
  return value.split(',').map((part) => {
    const scope = SCOPES.find((known) => known === part.trim());
    if (!scope)
      throw new InvalidArgumentError(`"${part.trim()}" is not a scope. Scopes: ${SCOPES.join(', ')}, or all.`);
    return scope;
  });
}

function expiry(value: string): string {
  const durationMs = parseDuration(value);
  if (durationMs === undefined) throw new InvalidArgumentError('It must be a duration such as 90m, 12h, 30d or 52w.');
  return new Date(Date.now() + durationMs).toISOString();
}

const describeAccount = (account: Account): string =>
  [
    `account              ${account.id}`,
    `name                 ${account.name}`,
    `plan                 ${account.plan}`,
    `requests per minute  ${account.requests_per_minute ?? 'as the plan'}`,
    `requests per day     ${account.requests_per_day ?? 'as the plan'}`,
  ].join('\n');

const describeToken = (token: ApiToken): string =>
  [
    `token id   ${token.id}`,
    `name       ${token.name} (…${token.last_four})`,
    `scopes     ${token.scopes.join(', ')}`,
    `expires    ${token.expires_at ?? 'never'}`,
    `revoked    ${token.revoked_at ?? 'no'}`,
  ].join('\n');

const describeNewToken = (token: OutputOf<typeof tokens.create>): string =>
  `${describeToken(token)}\n\n${token.token}\n\nKeep it now: it is not shown again.`;
