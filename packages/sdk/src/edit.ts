import type { Answer } from './call.js';
import { PreconditionFailedError } from './errors.js';
import type { GuardOptions, Options } from './options.js';
import { sleep } from './retry.js';

/** What is to change of what was read; `undefined` if nothing is. */
export type Change<Resource, Patch> = (current: Resource) => Patch | undefined | Promise<Patch | undefined>;

/** Somebody else was first so often: then it is not by chance. */
const MAX_ATTEMPTS = 50;

/** Reads, changes and writes under the `ETag` of what was read, from the beginning if somebody else was first. */
export async function edit<Resource, Patch>(
  read: () => Promise<Answer<Resource>>,
  write: (patch: Patch, options: GuardOptions) => Promise<Resource>,
  change: Change<Resource, Patch>,
  options: Options = {},
): Promise<Resource> {
  for (let attempt = 1; ; attempt++) {
    const { data, etag } = await read();
    const patch = await change(data);
    if (patch === undefined) return data;
    try {
      return await write(patch, { ...options, ifMatch: etag });
    } catch (error) {
      if (!(error instanceof PreconditionFailedError) || attempt === MAX_ATTEMPTS) throw error;
    }
    await sleep(Math.random() * 20 * attempt, options.signal);
  }
}
