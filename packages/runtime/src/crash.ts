import type { Logger } from 'pino';

/**
 * What nobody has caught ends the process with 1, as it must, after one line of the log. Node's own report would be many lines on
 * standard error, with every member of the error.
 */
export function endOnUncaught(logger: Logger): void {
  process.on('uncaughtException', (error: unknown, origin) => {
    logger.fatal({ err: error, origin }, 'uncaught: the process ends');
    process.exit(1);
  });
}
