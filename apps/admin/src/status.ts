import { type Service, SERVICES, statusCommands } from '@nexivo/contracts/status';
import { Command } from 'commander';
import { describeStatus } from './describe-status.js';
import { inherit, jsonOption } from './options.js';
import { type AskAll, type Output, runAll } from './send.js';
import { problemsOf, type ServiceStatus } from './service-status.js';

/** `admin status` */
export function statusCommand(): Command {
  return inherit(
    new Command('status')
      .description('how the stack is: replicas, readiness, what waits; exit code 1 if something is wrong')
      .addOption(jsonOption())
      .action(async (output: Output) =>
        runAll(
          output,
          async (askAll) => {
            const services = await Promise.all(SERVICES.map((service) => statusOf(askAll, service)));
            const isWell = services.every(({ problems }) => problems.length === 0);
            if (!isWell) process.exitCode = 1;
            return { is_well: isWell, services };
          },
          describeStatus,
        ),
      ),
  );
}

async function statusOf(askAll: AskAll, service: Service): Promise<ServiceStatus> {
  const answers = await askAll(statusCommands(service).report, {});
  const replicas = answers.toSorted((one, other) => one.instance.localeCompare(other.instance));
  return { service, replicas, problems: problemsOf(replicas) };
}
