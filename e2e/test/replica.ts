import { join } from 'node:path';
import { freePort } from '@nexivo/local/free-port';
import type { ManagedProcess } from '@nexivo/local/managed-process';
import { defaultAppsDir, type Env, type Programs, serviceProcess, type ServiceName } from '@nexivo/local/services';
import type { Stack } from '@nexivo/local/stack';

/** One more replica of a service, beside the stack's own. */
export interface Replica {
  process: ManagedProcess;
  logFile: string;
  /** Where it serves its health; a gateway the API too. */
  origin: string;
}

/**
 * Starts one more replica of a service of the stack, with the stack's environment for it.
 *
 * @param programs those that were built here, unless told
 */
export async function startReplica(
  stack: Stack,
  service: ServiceName,
  extraEnv: Env = {},
  programs: Programs = { appsDir: defaultAppsDir },
): Promise<Replica> {
  const replica = await newReplica(stack, service, extraEnv, programs);
  await replica.process.start();
  return replica;
}

/** As {@link startReplica}, but leaves the start to the caller. */
export async function newReplica(
  stack: Stack,
  service: ServiceName,
  extraEnv: Env = {},
  programs: Programs = { appsDir: defaultAppsDir },
): Promise<Replica> {
  const port = await freePort();
  const logFile = join(stack.dataDir, `logs/${service}-${port}.log`);
  const ports = service === 'gateway' ? { PORT: String(port), HEALTH_PORT: '0' } : { HEALTH_PORT: String(port) };
  const env = { ...stack.envOf(service), ...ports, ...extraEnv };
  const process = serviceProcess(service, { ...programs, env, port, logFile, autoRestart: false });
  return { process, logFile, origin: `http://127.0.0.1:${port}` };
}
