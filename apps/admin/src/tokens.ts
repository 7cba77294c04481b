import { type TokenScope, TOKEN_SCOPES, tokens } from '@nexivo/contracts/accounts';
import { Command } from 'commander';
import { describeNewToken, describeRotation, describeToken, describeTokens } from './describe.js';
import { LIMIT, listPart, type Part } from './list-part.js';
import {
  inherit,
  jsonOption,
  NEVER,
  parseExpiry,
  parseLimit,
  parseNewExpiry,
  parseOverlap,
  parseScopes,
} from './options.js';
import { type Output, run, send } from './send.js';

const SCOPES_HELP = `scopes separated by commas, or "all": ${TOKEN_SCOPES.join(', ')}`;

/** `admin tokens …` */
export function tokensCommand(): Command {
  const command = new Command('tokens').description('API tokens');
  command
    .command('create')
    .requiredOption('--account <id>', 'the account it speaks for')
    .requiredOption('--scopes <list>', SCOPES_HELP, parseScopes)
    .option('--name <name>', 'what people call it', 'token')
    .option('--expires-in <duration>', 'such as 12h, 30d or 52w; never when absent', parseExpiry)
    .addOption(jsonOption())
    .action(async (options: { account: string; scopes: TokenScope[]; name: string; expiresIn?: number } & Output) =>
      send(
        tokens.create,
        {
          account_id: options.account,
          name: options.name,
          scopes: options.scopes,
          expires_at: null,
          expires_in_s: options.expiresIn,
        },
        options,
        describeNewToken,
      ),
    );
  command
    .command('list')
    .requiredOption('--account <id>', 'the account they speak for')
    .option('--valid', 'only those that are valid')
    .option('--limit <n>', 'how many at most', parseLimit, LIMIT)
    .option('--after <id>', 'those made after that token')
    .addOption(jsonOption())
    .action(async ({ account, valid, limit, after, json }: { account: string; valid?: true } & Part & Output) =>
      run(
        { json },
        (ask) =>
          listPart({ limit, after }, (part) => ask(tokens.list, { account_id: account, is_valid: valid, ...part })),
        describeTokens,
      ),
    );
  command
    .command('update <id>')
    .option('--scopes <list>', SCOPES_HELP, parseScopes)
    .option('--name <name>', 'what people call it')
    .option('--expires-in <duration>', 'from now on, such as 12h, 30d or 52w, or `never`', parseNewExpiry)
    .addOption(jsonOption())
    .action(
      async (
        id: string,
        {
          scopes,
          name,
          expiresIn,
          json,
        }: { scopes?: TokenScope[]; name?: string; expiresIn?: number | typeof NEVER } & Output,
        self: Command,
      ) => {
        if (scopes === undefined && name === undefined && expiresIn === undefined) {
          self.error('error: nothing to change; give --scopes, --name or --expires-in');
        }
        const expiry = expiresIn === NEVER ? { expires_at: null } : { expires_in_s: expiresIn };
        await send(tokens.update, { id, scopes, name, ...expiry }, { json }, describeToken);
      },
    );
  command
    .command('rotate <id>')
    .description('make a successor of the same name, scopes and lifetime')
    .option('--overlap <duration>', 'how long the old one stays valid, such as 0m, 90m or 7d', parseOverlap, 86_400)
    .addOption(jsonOption())
    .action(async (id: string, { overlap, json }: { overlap: number } & Output) =>
      send(tokens.rotate, { id, overlap_s: overlap }, { json }, describeRotation),
    );
  command
    .command('revoke <id>')
    .addOption(jsonOption())
    .action(async (id: string, options: Output) => send(tokens.revoke, { id }, options, describeToken));
  return inherit(command);
}
