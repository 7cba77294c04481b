import { flag, healthPort, integer, secret, serviceEnv } from '@nexivo/runtime/env';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { parseSecretKeys } from './endpoints/secrets.js';

/** What this service reads from its environment. */
export const webhooksEnv = {
  ...serviceEnv,
  ...healthPort,
  /** Keys of the signing secrets at rest: `id:base64` pairs, separated by commas; the first encrypts, all decrypt. */
  WEBHOOK_SECRET_KEYS: secret(
    z.string().transform((value, context) => {
      const keys = parseSecretKeys(value);
      if (keys) return keys;
      context.addIssue({
        code: 'custom',
        message: 'must be id:base64 pairs of exactly 32 bytes each, with different ids, separated by commas',
      });
      return z.NEVER;
    }),
  ),
  /** Allows webhooks to use http and to reach addresses that are not public: for development and closed networks. */
  ALLOW_INSECURE_WEBHOOK_TARGETS: flag.default(false),
  /** Networks (CIDR) that webhooks may reach although they are not public, separated by commas. */
  WEBHOOK_TARGET_ALLOWLIST: z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .pipe(z.array(z.string().refine(ipaddr.isValidCIDR, 'must be networks such as 10.1.0.0/16, separated by commas')))
    .default([]),
  /** A proxy (HTTP `CONNECT`) by which deliveries leave. It looks up the hosts, so it has to refuse addresses that are not public itself. */
  WEBHOOK_PROXY_URL: secret(
    z.url({ protocol: /^https?$/, error: 'must be a URL such as http://user:password@proxy.example.com:3128' }),
  ).optional(),
  /** What is logged of attempts that succeed: all that identifies them, half of it, or nothing. Of others it is always all. */
  LOG_DELIVERIES: z.enum(['all', 'brief', 'failures']).default('brief'),
  /** Greatest number of requests to one webhook at a time, from all replicas of the service. */
  WEBHOOK_CONCURRENCY_PER_ENDPOINT: integer(1, 1_000).default(8),
  /** Greatest number of requests at a time, from this replica. */
  WEBHOOK_CONCURRENCY: integer(1, 10_000).default(256),
};
