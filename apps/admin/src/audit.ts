import { audit, type AuditEntry } from '@nexivo/contracts/accounts';
import { Command } from 'commander';
import { describeAudit } from './describe.js';
import { inherit, jsonOption, parseLimit } from './options.js';
import { type Ask, type Output, run } from './send.js';

interface Filter {
  account?: string;
  token?: string;
  limit: number;
}

/** `admin audit …` */
export function auditCommand(): Command {
  const command = new Command('audit').description('what was done to accounts, people and tokens');
  command
    .command('list')
    .description('newest first')
    .option('--account <id>', 'only what was done to this account, its people and tokens')
    .option('--token <id>', 'only what was done to this token')
    .option('--limit <n>', 'how many entries at most', parseLimit, 50)
    .addOption(jsonOption())
    .action(async ({ json, ...filter }: Filter & Output) =>
      run({ json }, (ask) => listNewest(ask, filter), describeAudit),
    );
  return inherit(command);
}

const PART = 200;

async function listNewest(ask: Ask, { account, token, limit }: Filter): Promise<{ data: AuditEntry[] }> {
  const data: AuditEntry[] = [];
  for (;;) {
    const wanted = Math.min(limit - data.length, PART);
    const part = await ask(audit.list, {
      account_id: account,
      token_id: token,
      before: data.at(-1)?.id,
      limit: wanted,
    });
    data.push(...part.data);
    if (part.data.length < wanted || data.length === limit) return { data };
  }
}
