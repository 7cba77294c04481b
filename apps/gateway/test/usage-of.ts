import type { World } from '@nexivo/testing/world';

/** What has been written of an account's usage: requests by token and outcome. */
export async function usageOf(world: World, accountId: string): Promise<Record<string, Record<string, number>>> {
  const rows = await world.sql<{ token_id: string; outcome: string; requests: number }>(
    'gateway',
    'select token_id, outcome, sum(requests)::integer as requests from usage_days where account_id = $1 group by 1, 2',
    [accountId],
  );
  const usage: Record<string, Record<string, number>> = {};
  for (const { token_id, outcome, requests } of rows) (usage[token_id] ??= {})[outcome] = requests;
  return usage;
}
