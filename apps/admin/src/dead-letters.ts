import {
  CONSUMING_SERVICES,
  type ConsumingService,
  type DeadLetter,
  deadLetterCommands,
} from '@nexivo/contracts/dead-letters';
import { Command, Option } from 'commander';
import { describeDeadLetter, describeDeadLetters, describeDiscarded, describeRedriven } from './describe.js';
import { inherit, jsonOption, parseLimit } from './options.js';
import { type Ask, type Output, run, send } from './send.js';

const PART = 500;

const serviceOption = (): Option =>
  new Option('--service <service>', 'only of this service').choices(CONSUMING_SERVICES);

interface Selection {
  service?: ConsumingService;
}

/** `admin events dead-letters …` */
export function eventsCommand(): Command {
  const command = new Command('events').description('what happens between the services');
  const deadLetters = command.command('dead-letters').description('events that a service gave up on');
  deadLetters
    .command('list')
    .addOption(serviceOption())
    .option('--limit <n>', 'how many at most', parseLimit, 1_000)
    .addOption(jsonOption())
    .action(async ({ service, limit, json }: Selection & { limit: number } & Output) =>
      run({ json }, (ask) => list(ask, servicesOf(service), limit), describeDeadLetters),
    );
  deadLetters
    .command('redrive [ids...]')
    .description('have them handled again, now and as often as an event that is new')
    .option('--all', 'all there are, in place of ids')
    .addOption(serviceOption())
    .addOption(jsonOption())
    .action(async (ids: string[], { all, service, json }: Selection & { all?: boolean } & Output, self: Command) => {
      if (ids.length > 0 === (all === true)) self.error('error: give the ids of dead letters, or --all');
      if (!all && service) self.error('error: --service goes with --all; an id says whose it is');
      const selected = all ? undefined : byService(ids, self);
      await run(
        { json },
        (ask) => (selected ? redrive(ask, selected) : redriveAll(ask, servicesOf(service))),
        describeRedriven,
      );
    });
  deadLetters
    .command('show <id>')
    .description('what a dead letter says of itself; what it tells of people stays in the database')
    .addOption(jsonOption())
    .action(async (id: string, { json }: Output, self: Command) => {
      const [[service]] = [...byService([id], self)] as [[ConsumingService, string[]]];
      await send(deadLetterCommands(service).show, { id }, { json }, describeDeadLetter);
    });
  deadLetters
    .command('discard <ids...>')
    .description('give them up for good: they never take effect')
    .addOption(jsonOption())
    .action(async (ids: string[], { json }: Output, self: Command) => {
      const selected = byService(ids, self);
      await run({ json }, (ask) => discard(ask, selected), describeDiscarded);
    });
  inherit(deadLetters);
  return inherit(command);
}

const servicesOf = (service: ConsumingService | undefined): readonly ConsumingService[] =>
  service ? [service] : CONSUMING_SERVICES;

/** The ids of each service: the name of a consumer begins with its service's. */
function byService(ids: readonly string[], self: Command): Map<ConsumingService, string[]> {
  return Map.groupBy(
    ids,
    (id) =>
      CONSUMING_SERVICES.find((service) => id.startsWith(`${service}-`)) ??
      self.error(`error: "${id}" is not the id of a dead letter`),
  );
}

async function list(
  ask: Ask,
  services: readonly ConsumingService[],
  limit: number,
): Promise<{ data: DeadLetter[]; has_more: boolean }> {
  const data: DeadLetter[] = [];
  for (const service of services) {
    for (let after: string | undefined; ;) {
      // One more than is wanted tells whether there are more.
      const wanted = Math.min(limit + 1 - data.length, PART);
      const part = await ask(deadLetterCommands(service).list, { after, limit: wanted });
      data.push(...part.data);
      if (data.length > limit) return { data: data.slice(0, limit), has_more: true };
      if (part.next === null) break;
      after = part.next;
    }
  }
  return { data, has_more: false };
}

async function redrive(ask: Ask, selected: Map<ConsumingService, string[]>): Promise<{ redriven: number }> {
  let total = 0;
  for (const [service, ids] of selected) {
    for (let from = 0; from < ids.length; from += PART) {
      const part = { ids: ids.slice(from, from + PART) };
      total += (await ask(deadLetterCommands(service).redrive, part)).redriven;
    }
  }
  return { redriven: total };
}

async function discard(ask: Ask, selected: Map<ConsumingService, string[]>): Promise<{ discarded: number }> {
  let total = 0;
  for (const [service, ids] of selected) {
    for (let from = 0; from < ids.length; from += PART) {
      total += (await ask(deadLetterCommands(service).discard, { ids: ids.slice(from, from + PART) })).discarded;
    }
  }
  return { discarded: total };
}

async function redriveAll(ask: Ask, services: readonly ConsumingService[]): Promise<{ redriven: number }> {
  let total = 0;
  for (const service of services) total += (await ask(deadLetterCommands(service).redrive, { all: true })).redriven;
  return { redriven: total };
}
