import { natsServers } from '@nexivo/bus/connection';

/** Thrown when the environment does not fit. */
class InvalidEnvironment extends Error {
  override readonly name = 'InvalidEnvironment';
}

/**
 * Servers of the bus, from `NATS_URL`.
 *
 * @throws InvalidEnvironment; the value is not quoted, for it holds a password
 */
export function readNatsServers(value = process.env['NATS_URL']): string[] {
  if (!value) throw new InvalidEnvironment('NATS_URL: is missing');
  const servers = natsServers.safeParse(value);
  if (!servers.success) throw new InvalidEnvironment(`NATS_URL: ${servers.error.issues[0]!.message}`);
  return servers.data;
}
