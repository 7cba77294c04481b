import { type Endpoint, endpointCommands, PENDING_COUNTED } from '@nexivo/contracts/endpoints';
import { Command } from 'commander';
import { inherit, jsonOption, parseLimit } from './options.js';
import { type Output, send } from './send.js';

interface Which {
  failing?: boolean;
  slow?: boolean;
  limit: number;
}

/** `admin webhooks …` */
export function webhooksCommand(): Command {
  const command = new Command('webhooks').description('webhooks of all accounts that give trouble');
  command
    .command('list')
    .option('--failing', 'those whose last request failed, for longest first')
    .option('--slow', 'those that answer slowly, the slowest first')
    .option('--limit <n>', 'how many at most', parseLimit, 100)
    .addOption(jsonOption())
    .action(async ({ failing = false, slow = false, limit, json }: Which & Output, self: Command) => {
      if (failing === slow) self.error('error: give --failing or --slow');
      const which = failing ? 'failing' : 'slow';
      await send(endpointCommands.list, { which, limit: Math.min(limit, MOST) }, { json }, describeEndpoints);
    });
  return inherit(command);
}

const MOST = 1_000;

const describeEndpoints = ({ data }: { data: readonly Endpoint[] }): string =>
  data.length === 0 ? 'none' : data.map(describeEndpoint).join('\n');

function describeEndpoint(endpoint: Endpoint): string {
  const { account_id, webhook_id, failing_since, failures, last_success_at, paused_until } = endpoint;
  const { attempts, latency_p95_ms, slow_requests, pending, oldest_due_s } = endpoint;
  const waiting = `${pending}${pending === PENDING_COUNTED ? ' or more' : ''} pending`;
  return [
    `webhook ${webhook_id} of account ${account_id}`,
    failing_since
      ? `  fails since ${failing_since}, ${failures} times; last success ${last_success_at ?? 'never'}`
      : `  ${attempts} attempts in the last hours, 95 % within ${latency_p95_ms ?? '?'} ms; ${slow_requests} slow ones under way`,
    `  ${waiting}, the first due for ${Math.round(oldest_due_s)} s${paused_until ? `; paused until ${paused_until}` : ''}`,
  ].join('\n');
}
