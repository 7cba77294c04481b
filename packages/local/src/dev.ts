import { join, relative } from 'node:path';
import { subscribe } from '@parcel/watcher';
import { assertPortFree, freePort } from './free-port.js';
import { repositoryRoot } from './paths.js';
import { Reload } from './reload.js';
import { serviceNames, type ServiceName } from './services.js';
import type { Stack } from './stack.js';
import { StackError } from './stack-error.js';
import { runStart } from './start.js';
import { TypeCheck } from './type-check.js';
import { servicesConcernedBy } from './workspaces.js';

/** What the command line of `npm run dev` says. */
export interface DevOptions {
  fresh: boolean;
  /** The service to debug. */
  inspect: string | undefined;
  /** Aborted when it is time to stop. */
  signal: AbortSignal;
}

/** Runs a stack from its sources for a person who changes them; returns when everything is stopped again. */
export async function runDev({ fresh, inspect, signal }: DevOptions): Promise<void> {
  const inspectAt = inspect === undefined ? {} : { [serviceNamed(inspect)]: `127.0.0.1:${await debuggerPort()}` };
  await runStart({ fresh, dev: true, fromSources: true, inspectAt, beside: watchSources, signal });
}

function serviceNamed(name: string): ServiceName {
  const service = serviceNames.find((each) => each === name);
  if (!service) throw new StackError(`--inspect takes one of ${serviceNames.join(', ')}, not "${name}"`);
  return service;
}

/** The one that debuggers look for, unless it is taken. */
async function debuggerPort(): Promise<number> {
  const usual = 9229;
  return assertPortFree(usual).then(
    () => usual,
    () => freePort(),
  );
}

const watched = ['apps', 'packages', 'demo', 'e2e', 'bench'];
const ignored = ['**/node_modules/**', '**/dist/**', '**/reports/**', '**/.turbo/**'];

/** Runs what a change concerns again and checks types, until told to stop. */
async function watchSources(stack: Stack, signal: AbortSignal): Promise<void> {
  const report = (line: string): void => console.log(line);
  const types = new TypeCheck(report);
  const reloads = new Map(serviceNames.map((service) => [service, new Reload(stack, service, report)]));
  const onChange = (paths: readonly string[]): void => {
    const files = paths.filter((path) => path.endsWith('.ts')).map((path) => relative(repositoryRoot, path));
    if (files.length === 0) return;
    for (const [service, reload] of reloads) {
      const concerning = files.filter((file) => servicesConcernedBy(file).includes(service));
      if (concerning.length > 0) reload.changed(concerning, signal);
    }
    types.begin();
  };
  const subscriptions = await Promise.all(
    watched.map((directory) =>
      subscribe(
        join(repositoryRoot, directory),
        (error, events) => {
          if (error) report(`changes may be missed: ${error.message}`);
          else onChange(events.map(({ path }) => path));
        },
        { ignore: ignored },
      ),
    ),
  );
  types.begin();
  if (!signal.aborted) await new Promise((stop) => signal.addEventListener('abort', stop, { once: true }));
  types.end();
  await Promise.all(subscriptions.map((subscription) => subscription.unsubscribe()));
  await Promise.all([...reloads.values()].map((reload) => reload.settled()));
}
