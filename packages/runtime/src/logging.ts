import { types } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import { type LogFn, type Logger, type LoggerOptions, pino } from 'pino';
import { currentContext } from '@nexivo/bus/context';
import { describeError } from './describe-error.js';
import { LogOutput } from './log-output.js';

/** Injection token of the service's logger. */
export const LOGGER = Symbol('logger');

const output = new LogOutput(1);
process.on('exit', () => output.flush());

/** The service's one logger: JSON lines on standard output, each with the ids of the call that caused it. */
export function createLogger(service: string, level: string): Logger {
  const options: LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
    hooks: { logMethod: logWithText },
    mixin: () => {
      const context = currentContext();
      return context ? { request_id: context.requestId, account_id: context.accountId } : {};
    },
  };
  return pino(options, output);
}

/** Where an error has no text beside it, pino takes the error's own, whatever that quotes. */
function logWithText(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
  const [first, text] = args as unknown as [unknown, unknown];
  if (types.isNativeError(first)) method.call(this, { err: first }, typeof text === 'string' ? text : 'error');
  else if (text === undefined && (first as { err?: unknown } | null)?.err) method.call(this, first, 'error');
  else method.apply(this, args);
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

  /** Nest hands over an error, or a text and perhaps the stack of one, which begins with the error's message. */
  error(message: unknown, ...rest: unknown[]): void {
    const err = types.isNativeError(message) ? message : undefined;
    const context = rest.findLast((part) => typeof part === 'string' && !part.includes('\n'));
    this.logger.error({ err, context }, err ? 'error' : String(message).split('\n', 1)[0]);
  }

  fatal(message: unknown, context?: string): void {
    this.logger.fatal({ context }, String(message));
  }
}
