import { flag, port, secret, serviceEnv } from '@nexivo/service/env';
import { z } from 'zod';
import { parsePeppers } from './auth/token.js';

/** What the gateway reads from its environment. */
export const gatewayEnv = {
  ...serviceEnv,
  /** Where the API listens. */
  PORT: port.default(3000),
  /** What clients see in front of the base path, such as `https://ats.example.com`; the request's own host when absent. */
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://ats.example.com' })
    .transform((url) => url.replace(/\/+$/, ''))
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
  /** Whether to believe `X-Forwarded-*`: only behind a proxy that sets them. */
  TRUST_PROXY: flag.default(false),
};
