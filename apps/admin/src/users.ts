import { type Role, ROLES } from '@nexivo/contracts/roles';
import { sessions } from '@nexivo/contracts/sessions';
import { type Person, users } from '@nexivo/contracts/users';
import { Command, Option } from 'commander';
import { describeEnded, describeLink, describePeople, describePerson } from './describe-people.js';
import { inherit, jsonOption } from './options.js';
import { type Ask, type Output, run, send } from './send.js';

/** `admin users …` */
export function usersCommand(): Command {
  const command = new Command('users').description('people who sign in');
  command
    .command('invite')
    .description('make a link by which somebody joins an account; it is valid once, for 24 hours')
    .requiredOption('--account <id>', 'the account to join')
    .requiredOption('--email <address>', 'whom it is for')
    .addOption(
      new Option('--role <role>', 'what the person becomes in the account').choices(ROLES).makeOptionMandatory(),
    )
    .addOption(jsonOption())
    .action(async ({ account, email, role, json }: { account: string; email: string; role: Role } & Output) =>
      send(users.invite, { account_id: account, email, role }, { json }, describeLink),
    );
  command
    .command('list')
    .option('--account <id>', 'only those who belong to this account')
    .addOption(jsonOption())
    .action(async ({ account, json }: { account?: string } & Output) =>
      run({ json }, (ask) => listAll(ask, account), describePeople),
    );
  command
    .command('reset <email>')
    .description('make a link by which somebody chooses a new password; it is valid once, for 24 hours')
    .addOption(jsonOption())
    .action(async (email: string, options: Output) => send(users.reset, { email }, options, describeLink));
  command
    .command('disable <email>')
    .description('shut somebody out of all accounts')
    .addOption(jsonOption())
    .action(async (email: string, options: Output) =>
      send(users.disable, { email, is_disabled: true }, options, describePerson),
    );
  command
    .command('enable <email>')
    .description('let somebody in again who was disabled')
    .addOption(jsonOption())
    .action(async (email: string, options: Output) =>
      send(users.disable, { email, is_disabled: false }, options, describePerson),
    );
  return inherit(command);
}

/** `admin sessions …` */
export function sessionsCommand(): Command {
  const command = new Command('sessions').description('sign-ins of people');
  command
    .command('revoke <email>')
    .description('end every session of somebody, in all accounts')
    .addOption(jsonOption())
    .action(async (email: string, options: Output) => send(sessions.revoke, { email }, options, describeEnded));
  return inherit(command);
}

async function listAll(ask: Ask, account_id: string | undefined): Promise<{ data: Person[] }> {
  const data: Person[] = [];
  let after: string | undefined;
  do {
    const part = await ask(users.list, { account_id, after });
    data.push(...part.data);
    after = part.next ?? undefined;
  } while (after !== undefined);
  return { data };
}
