import type { Command, InputOf, OutputOf } from '@nexivo/contracts/command';
import { BusClient } from '@nexivo/bus/client';
import { BusConnection } from '@nexivo/bus/connection';
import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { validate } from '@nexivo/bus/validation';
import { newId } from '@nexivo/bus/new-id';
import type { z } from 'zod';
import { readBusSettings } from './env.js';
import { operator } from './operator.js';

/** How a command's answer is printed. */
export interface Output {
  json?: boolean | undefined;
}

/** Sends one command and waits for the answer. */
export type Ask = <C extends Command>(command: C, input: z.input<C['input']>) => Promise<OutputOf<C>>;

/** Sends one command to every replica that serves it, and waits for their answers. */
export type AskAll = <C extends Command>(command: C, input: z.input<C['input']>) => Promise<OutputOf<C>[]>;

/** Sends one command to the running stack and prints the answer; as {@link run}. */
export const send = <C extends Command>(
  command: C,
  input: z.input<C['input']>,
  output: Output,
  describe: (answer: OutputOf<C>) => string,
): Promise<void> => run(output, (ask) => ask(command, input), describe);

/**
 * Asks the running stack and prints what comes of it; what is refused goes to standard error (with `--json` as an object on
 * standard output) and sets the exit code to 1.
 */
export const run = <Answer>(
  output: Output,
  work: (ask: Ask) => Promise<Answer>,
  describe: (answer: Answer) => string,
): Promise<void> =>
  runWith(
    output,
    (connected) =>
      work(async (command, input) => {
        const valid = validate(command.input, input) as InputOf<typeof command>;
        const { bus, context } = await connected();
        return bus.request(command, valid, context);
      }),
    describe,
  );

/** As {@link run}, for what every replica is asked. */
export const runAll = <Answer>(
  output: Output,
  work: (askAll: AskAll) => Promise<Answer>,
  describe: (answer: Answer) => string,
): Promise<void> =>
  runWith(
    output,
    async (connected) => {
      const { bus, context } = await connected();
      return work((command, input) =>
        bus.gather(command, validate(command.input, input) as InputOf<typeof command>, context),
      );
    },
    describe,
  );

/** The bus, and on whose behalf it is used. */
type Connected = () => Promise<{ bus: BusClient; context: RequestContext }>;

async function runWith<Answer>(
  { json }: Output,
  work: (connected: Connected) => Promise<Answer>,
  describe: (answer: Answer) => string,
): Promise<void> {
  let connection: BusConnection | undefined;
  const connected: Connected = async () => {
    connection ??= await BusConnection.to(readBusSettings(), 'admin', SILENT, { waitForIt: false });
    return { bus: new BusClient(connection), context: callFrom(connection) };
  };
  try {
    const answer = await work(connected);
    process.stdout.write(`${json ? JSON.stringify(answer) : describe(answer)}\n`);
  } catch (error) {
    const refusal = refusalOf(error);
    if (json) printError(refusal);
    else {
      const fields = (refusal.errors ?? []).map(({ field, message }) => `  ${field}: ${message}`);
      process.stderr.write([refusal.detail, ...fields, ''].join('\n'));
    }
    process.exitCode = 1;
  } finally {
    await connection?.onApplicationShutdown();
  }
}

/** Why a command was not done. */
interface Refusal {
  code: string;
  detail: string;
  errors?: DomainError['errors'];
}

/** What `--json` prints in place of an answer. */
export const printError = ({ code, detail, errors }: Refusal): void => {
  process.stdout.write(`${JSON.stringify({ error: { code, detail, errors } })}\n`);
};

/** Thrown by a command that finds out itself that it cannot be done. */
export class Refused extends Error implements Refusal {
  override readonly name = 'Refused';

  constructor(
    readonly code: string,
    readonly detail: string,
  ) {
    super(detail);
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof DomainError || error instanceof Refused) return error;
  if (error instanceof Error && error.name === 'InvalidEnvironment')
    return { code: 'invalid_environment', detail: error.message };
  return { code: 'bus_unreachable', detail: `The bus does not answer: ${(error as Error).message}` };
}

/** What goes wrong is said once, by the command that it fails. */
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** On behalf of whoever runs this, from where the bus sees them. */
function callFrom({ nats }: BusConnection): RequestContext {
  const address = nats.info?.client_ip;
  return {
    accountId: '',
    principal: { type: 'operator', id: operator() },
    requestId: newId(),
    ...(address && { address }),
  };
}
