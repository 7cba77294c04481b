import { type EnvOf, healthPort, host, integer, port, secret, serviceEnv } from '@nexivo/runtime/env';
import { openFilesLimit } from '@nexivo/runtime/open-files';
import { isIP } from 'node:net';
import { z } from 'zod';
import { parsePeppers } from './accounts/token.js';
import type { ConnectionLimits } from './http/limits.js';

const isAddressOrNetwork = (value: string): boolean => {
  const [address = '', prefix, ...rest] = value.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  return (
    isIP(address) !== 0 &&
    rest.length === 0 &&
    (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
  );
};

/** What the gateway reads from its environment. */
export const gatewayEnv = {
  ...serviceEnv,
  ...healthPort,
  /** Where the API listens. */
  PORT: port.default(3000),
  /**
   * How long, in seconds, it serves on after SIGTERM while `/health/ready` says 503, so that a proxy in front has time to notice. Longer
   * than the proxy takes to.
   */
  SHUTDOWN_DELAY_S: integer(0, 300).default(0),
  HOST: host.default('0.0.0.0'),
  /** What clients see in front of the base path, such as `https://ats.example.com`; the request's own host when absent. */
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://ats.example.com' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** Where people ask for another plan. */
  CONTACT_SALES_URL: z
    .url({ protocol: /^(https?|mailto)$/, error: 'must be a URL such as https://example.com/contact' })
    .optional(),
  /** Keys of the tokens' digests at rest, newest first used: `version:base64`, separated by commas. */
  TOKEN_PEPPERS: secret(
    z.string().transform((value, context) => {
      const peppers = parsePeppers(value);
      if (peppers) return peppers;
      context.addIssue({
        code: 'custom',
        message: 'must be version:base64 pairs of at least 32 bytes each, separated by commas',
      });
      return z.NEVER;
    }),
  ),
  /** Origins that browsers may call from, separated by commas, or `*`. */
  CORS_ORIGINS: z
    .string()
    .transform((value) => (value.trim() === '*' ? ('*' as const) : value.split(',').map((origin) => origin.trim())))
    .default('*'),
  /**
   * Whose `X-Forwarded-*` to believe: addresses or networks (CIDR) of known proxies, separated by commas, or `true` for
   * anybody's. The client's address counts failed authentication.
   */
  TRUST_PROXY: z
    .string()
    .transform((value, context) => {
      if (value === 'true' || value === 'false') return value === 'true';
      const proxies = value.split(',').map((part) => part.trim());
      if (proxies.every(isAddressOrNetwork)) return proxies;
      context.addIssue({
        code: 'custom',
        message: 'must be true, false, or addresses or networks separated by commas',
      });
      return z.NEVER;
    })
    .default(false),
  /** Greatest number of connections at a time, as far as the limit of open files allows. Further ones are closed at once. */
  MAX_CONNECTIONS: integer(1, 1_000_000).default(10_000),
  /** How many connections may wait to be accepted. The kernel has a limit of its own (`net.core.somaxconn`). */
  BACKLOG: integer(1, 65_535).default(511),
  /** From the first byte of a request to the end of its head. */
  HEADERS_TIMEOUT_S: integer(1, 3_600).default(15),
  /** From the first byte of a request to the end of its body; at least as long as the one for its head. */
  REQUEST_TIMEOUT_S: integer(1, 3_600).default(30),
  /** For how long a connection is kept between two requests. */
  KEEP_ALIVE_TIMEOUT_S: integer(1, 3_600).default(72),
  /** How long an answer may wait for a client that does not read it. */
  WRITE_TIMEOUT_S: integer(1, 3_600).default(30),
  /** Bytes of answers in memory that their clients do not read, from all together; beyond it the oldest are given up. */
  MAX_UNREAD_BYTES: integer(1_048_576, 1_000_000_000).default(67_108_864),
  /** Bytes of pages on their way to one account; further requests for pages wait, and get 503 after 4 s. */
  MAX_PAGE_BYTES_PER_ACCOUNT: integer(1_048_576, 1_000_000_000).default(8_388_608),
  /** Greatest size of a request's line and headers, in bytes. */
  MAX_HEADER_BYTES: integer(1_024, 1_048_576).default(16_384),
  /** Greatest size of a request's body, in bytes. */
  MAX_BODY_BYTES: integer(1_024, 4_194_304).default(1_048_576),
  /** Bytes of bodies that have not come to their end, of one account; beyond it the oldest slow ones get 503. */
  MAX_UNFINISHED_BYTES_PER_ACCOUNT: integer(1_048_576, 1_000_000_000).default(16_777_216),
  /** The same of all accounts together. */
  MAX_UNFINISHED_BYTES: integer(1_048_576, 1_000_000_000).default(67_108_864),
};

/** What else the process opens: the connections that tokens and quotas have, the bus, listeners, probes, files that are being served. */
const OWN_FILES = 100;

/** What one connection may take. */
export const limitsOf = (env: EnvOf<typeof gatewayEnv>): ConnectionLimits => ({
  maxConnections: Math.max(1, Math.min(env.MAX_CONNECTIONS, openFilesLimit() - env.DATABASE_POOL_SIZE - OWN_FILES)),
  headersTimeoutMs: Math.min(env.HEADERS_TIMEOUT_S, env.REQUEST_TIMEOUT_S) * 1_000,
  requestTimeoutMs: env.REQUEST_TIMEOUT_S * 1_000,
  keepAliveTimeoutMs: env.KEEP_ALIVE_TIMEOUT_S * 1_000,
  writeTimeoutMs: env.WRITE_TIMEOUT_S * 1_000,
  unreadBytes: env.MAX_UNREAD_BYTES,
  headerBytes: env.MAX_HEADER_BYTES,
  bodyBytes: env.MAX_BODY_BYTES,
  unfinishedBodies: { perSender: env.MAX_UNFINISHED_BYTES_PER_ACCOUNT, total: env.MAX_UNFINISHED_BYTES },
});
