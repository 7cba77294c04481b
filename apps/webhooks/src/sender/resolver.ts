import { type LookupAddress, TIMEOUT } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';

/** What a host name stands for. */
export type Addresses = readonly [LookupAddress, ...LookupAddress[]];

/**
 * Looks up all addresses of a host name.
 *
 * @throws Error with a `code` of node:dns when there are none, or nobody says
 */
export type Resolve = (hostname: string) => Promise<Addresses>;

export interface ResolverOptions {
  readonly servers?: readonly string[];
  readonly timeoutMs?: number;
}

/** Time limit of the first try; the next one may take twice as long. */
const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** Half of Node's threads; the others stay free for other work. */
const SYSTEM_LOOKUPS_MAX = 2;

/**
 * Asks the DNS servers first, then the system (`/etc/hosts`, search domains) for names that they do not know.
 *
 * The system alone would not do: each of its look-ups blocks one of Node's four threads, so four names whose servers never
 * answer would stop all deliveries. A question to DNS servers blocks no thread and is given up after seconds.
 *
 * @param servers addresses, with ports where they are not 53; those of the system if left out
 */
export function systemResolve({ servers, timeoutMs = TIMEOUT_MS }: ResolverOptions = {}): Resolve {
  const dns = new Resolver({ timeout: timeoutMs, tries: TRIES });
  if (servers) dns.setServers(servers);
  const inTurn = limiter(SYSTEM_LOOKUPS_MAX);
  return async (hostname) => {
    const [v4, v6] = await Promise.allSettled([dns.resolve4(hostname), dns.resolve6(hostname)]);
    const [first, ...others] = [...addressesOf(v4, 4), ...addressesOf(v6, 6)];
    if (first) return [first, ...others];
    const silence = [v4, v6].find((answer) => answer.status === 'rejected' && codeOf(answer.reason) === TIMEOUT);
    if (silence?.status === 'rejected') throw silence.reason as Error;
    // It throws rather than answer nothing.
    return (await inTurn(() => lookup(hostname, { all: true }))) as [LookupAddress];
  };
}

const addressesOf = (answer: PromiseSettledResult<string[]>, family: 4 | 6): LookupAddress[] =>
  answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;

/** Runs at most so many at a time, the others in the order in which they came. */
function limiter(max: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < max) running++;
    else await new Promise<void>((begin) => void waiting.push(begin));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
