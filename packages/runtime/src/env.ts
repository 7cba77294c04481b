import { type Environment, InvalidEnvironment, valueOf } from '@nexivo/bus/environment';
import { busSettings } from '@nexivo/bus/settings';
import { z } from 'zod';

/** A value that must never be printed: its name may be, its content may not. */
const secrets = new WeakSet<object>();

/** Marks a variable as secret, so that errors about it do not quote it. */
export const secret = <Schema extends z.ZodType>(schema: Schema): Schema => {
  secrets.add(schema);
  return schema;
};

/** As libpq has it, a URL may name several hosts, separated by commas: what is behind the first one is no part of a URL. */
const withOneHost = (url: string): string => url.replace(/,[^/?@]*(?=[/?]|$)/, '');

/** The URL of a database, with one host or several. It may have a password in it, so it is a secret. */
const databaseUrl = secret(
  z
    .string()
    .refine(
      (value) => z.url({ protocol: /^postgres(ql)?$/ }).safeParse(withOneHost(value)).success,
      'must be a URL such as postgres://user:password@host:5432/database',
    ),
);

/** A whole number from the environment, as decimal digits. */
export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.int().min(min).max(max));

/** `true` or `false`. */
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

export const port = integer(0, 65_535);

/** Where a port is listened on: an address of this machine, `0.0.0.0` for all of IPv4, `::` for all of IPv4 and IPv6. */
export const host = z.union(
  [z.ipv4(), z.ipv6()],
  'must be an address of this machine, such as 0.0.0.0, ::, 127.0.0.1 or ::1',
);

/** How the bus is reached. */
export const busEnv = {
  ...busSettings,
  NATS_URL: secret(busSettings.NATS_URL),
  NATS_TOKEN: secret(busSettings.NATS_TOKEN),
};

/** Headers as `name=value`, separated by commas, both percent-encoded (OpenTelemetry, "Specifying headers via environment variables"). */
const headers = z.string().transform((value, context): Record<string, string> => {
  try {
    const pairs = value.split(',').map((pair) => /^\s*([^\s=]+)\s*=\s*(.*?)\s*$/.exec(pair)!);
    return Object.fromEntries(pairs.map(([, name, text]) => [decodeURIComponent(name!), decodeURIComponent(text!)]));
  } catch {
    context.addIssue({ code: 'custom', message: 'must be name=value, separated by commas' });
    return z.NEVER;
  }
});

/** A part of a whole, from 0 to 1. */
const ratio = z
  .string()
  .regex(/^(0?\.\d+|[01](\.0+)?)$/, 'must be a number from 0 to 1')
  .transform(Number);

/** Where traces go to. The names are OpenTelemetry's. */
export const traceEnv = {
  /** Of a collector that takes OTLP over HTTP, such as http://localhost:4318; without it no trace is recorded. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as http://localhost:4318' })
    .optional(),
  /** Of every request to it. */
  OTEL_EXPORTER_OTLP_HEADERS: secret(headers.optional()),
  /** Which part is recorded of the traces that begin here. */
  OTEL_TRACES_SAMPLER_ARG: ratio.default(0.05),
};

/** What every service reads; each service's own `env.ts` extends it. */
export const serviceEnv = {
  /** The service's own role and database; its schema is fixed. Of several hosts, separated by commas, the one that takes writes is used. */
  DATABASE_URL: databaseUrl,
  /** Greatest number of connections to Postgres. */
  DATABASE_POOL_SIZE: integer(1, 1_000).default(10),
  /** How many commands a process takes at once, and of one account half as many. The rest is refused. */
  COMMANDS_AT_ONCE: integer(1, 100_000).default(2_000),
  /** How long, in seconds, to wait for a connection to Postgres. */
  DATABASE_CONNECT_TIMEOUT_S: integer(1, 60).default(5),
  ...busEnv,
  ...traceEnv,
  /** Of the source that the program was built from, for `nexivo_build_info`; an image sets it. */
  COMMIT: z.string().max(100).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
};

/** Where health and metrics are served; 0 takes a free port. */
export const healthPort = { HEALTH_PORT: port.default(0), HEALTH_HOST: host.default('0.0.0.0') };

/**
 * Reads the environment once, at the start. Empty values count as missing. Each variable may come from a file, by its name and `_FILE`.
 *
 * @throws InvalidEnvironment with one line per variable that is missing or wrong; the values of secrets are never quoted
 */
export function readEnv<Shape extends z.ZodRawShape>(
  shape: Shape,
  source: Environment = process.env,
): z.output<z.ZodObject<Shape>> {
  const schema = z.object(shape);
  const given: Record<string, string | undefined> = {};
  const lines = new Map<string, string>();
  for (const name of Object.keys(shape)) {
    try {
      given[name] = valueOf(name, source);
    } catch (error) {
      if (!(error instanceof InvalidEnvironment)) throw error;
      lines.set(name, error.message);
    }
  }
  const result = schema.safeParse(given);
  if (result.success && lines.size === 0) return result.data;
  for (const issue of result.error?.issues ?? []) {
    const name = String(issue.path[0]);
    if (lines.has(name)) continue;
    const value = given[name];
    const isSecret = secrets.has(shape[name]!);
    const problem =
      value === undefined ? 'is missing' : `${issue.message}${isSecret ? '' : ` (it is ${JSON.stringify(value)})`}`;
    lines.set(name, `${name}: ${problem}`);
  }
  throw new InvalidEnvironment([...lines.values()].join('\n'));
}

/** What {@link readEnv} makes of a shape. */
export type EnvOf<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;
