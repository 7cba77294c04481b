import type { LoggerService } from '@nestjs/common';
import { pino, type Logger, type LoggerOptions } from 'pino';
import { currentContext } from '@nexivo/bus/context';

/** Injection token of the service's logger. */
export const LOGGER = Symbol('logger');

/**
 * Lines are written when there are 4 KiB of them or a tenth of a second has passed: one system call for many. A process that
 * ends, however it does, writes what it has; one that is killed outright loses that tenth of a second.
 */
const output = pino.destination({ fd: 1, sync: true, minLength: 4_096, periodicFlush: 100 });
process.on('exit', () => output.flushSync());

/** The service's one logger: JSON lines on standard output, each with the ids of the call that caused it. */
export function createLogger(service: string, level: string): Logger {
  const options: LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => {
      const context = currentContext();
      return context ? { request_id: context.requestId, account_id: context.accountId } : {};
    },
  };
  return pino(options, output);
}

/** Lets Nest write to the same log. Its start-up chatter is debug output. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    this.logger.debug({ context }, String(message));
  }

  warn(message: unknown, context?: string): void {
    this.logger.warn({ context }, String(message));
  }

  debug(message: unknown, context?: string): void {
    this.logger.debug({ context }, String(message));
  }

  verbose(message: unknown, context?: string): void {
    this.logger.trace({ context }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const err = message instanceof Error ? message : undefined;
    this.logger.error({ err, context: rest.at(-1) }, String(message));
  }

  fatal(message: unknown, context?: string): void {
    this.logger.fatal({ context }, String(message));
  }
}
