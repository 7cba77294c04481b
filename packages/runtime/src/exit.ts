import { InvalidEnvironment } from '@nexivo/bus/environment';
import { UnfitServer } from '@nexivo/bus/unfit-server';
import type { z } from 'zod';
import { readEnv } from './env.js';

/** As {@link readEnv}; a wrong environment is reported on standard error and ends the process with 1. */
export function readEnvOrExit<Shape extends z.ZodRawShape>(shape: Shape): z.output<z.ZodObject<Shape>> {
  try {
    return readEnv(shape);
  } catch (error) {
    if (!(error instanceof InvalidEnvironment)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}

/** Ends the process with 1, and the reasons on standard error, if a server is one that the product cannot run on. */
export async function endOnUnfitServer<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnfitServer)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}
