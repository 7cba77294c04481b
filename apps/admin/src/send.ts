import type { Command, InputOf, OutputOf } from '@nexivo/contracts/command';
import { BusClient } from '@nexivo/service/bus.client';
import { BusConnection, connectBus } from '@nexivo/service/bus.connection';
import type { Call } from '@nexivo/service/call';
import { DomainError } from '@nexivo/service/domain-error';
import { readEnvOrExit } from '@nexivo/service/start';
import { createLogger } from '@nexivo/service/logging';
import { validate } from '@nexivo/service/validation';
import { v7 as uuidv7 } from 'uuid';
import { adminEnv } from './env.js';

/** How a command's answer is printed. */
export interface Output {
  json?: boolean | undefined;
}

/**
 * Sends one command to the running stack and prints the answer; what is refused goes to standard error (with `--json`
 * as an object on standard output too) and sets the exit code to 1.
 */
export async function send<C extends Command>(
  command: C,
  input: InputOf<C>,
  { json }: Output,
  describe: (answer: OutputOf<C>) => string,
): Promise<void> {
  const operator: Call = { accountId: '', actorId: 'operator', requestId: uuidv7() };
  try {
    const valid = validate(command.input, input) as InputOf<C>;
    const { NATS_URL } = readEnvOrExit(adminEnv);
    const connection = new BusConnection(
      await connectBus(NATS_URL, 'admin', createLogger('admin', 'fatal'), { waitForIt: false }),
    );
    try {
      const answer = await new BusClient(connection).call(command, valid, operator);
      process.stdout.write(`${json ? JSON.stringify(answer) : describe(answer)}\n`);
    } finally {
      await connection.onApplicationShutdown();
    }
  } catch (error) {
    const { code, detail, errors } =
      error instanceof DomainError
        ? error
        : {
            code: 'bus_unreachable',
            detail: `The bus does not answer: ${(error as Error).message}`,
            errors: undefined,
          };
    if (json) process.stdout.write(`${JSON.stringify({ error: { code, detail, errors } })}\n`);
    else
      process.stderr.write(
        [detail, ...(errors ?? []).map((each) => `  ${each.field}: ${each.message}`), ''].join('\n'),
      );
    process.exitCode = 1;
  }
}
