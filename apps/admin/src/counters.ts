import { counterCommands, COUNTING_SERVICES, type CountingService, type Miscount } from '@nexivo/contracts/counters';
import { Command, Option } from 'commander';
import { describeMiscounts } from './describe.js';
import { inherit, jsonOption } from './options.js';
import { type Output, run } from './send.js';

/** `admin counters …` */
export function countersCommand(): Command {
  const command = new Command('counters').description('the counters behind the totals of lists');
  command
    .command('check')
    .description('compare them with a count; exit code 1 if one is wrong')
    .addOption(new Option('--service <service>', 'only of this service').choices(COUNTING_SERVICES))
    .option('--repair', 'set right what is wrong', false)
    .addOption(jsonOption())
    .action(async ({ service, repair, json }: { service?: CountingService; repair: boolean } & Output) =>
      run(
        { json },
        async (ask) => {
          const data: (Miscount & { service: CountingService })[] = [];
          for (const each of service ? [service] : COUNTING_SERVICES) {
            let after: string | undefined;
            do {
              const { miscounts, next } = await ask(counterCommands(each).check, { repair, after });
              data.push(...miscounts.map((miscount) => ({ service: each, ...miscount })));
              after = next ?? undefined;
            } while (after !== undefined);
          }
          if (data.length > 0 && !repair) process.exitCode = 1;
          return { data, repaired: repair && data.length > 0 };
        },
        describeMiscounts,
      ),
    );
  return inherit(command);
}
